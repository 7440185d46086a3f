// What stands in the frames of the services, as values. sdk/docs/runner-protocol.md has the same for other languages.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vestitel::wire {

enum class KvOp : std::uint8_t { kGet = 1, kPut = 2, kRemove = 3, kCas = 4, kList = 5 };
enum class MetricOp : std::uint8_t { kDefine = 1, kUpdate = 2 };

inline constexpr std::size_t kMaxHttpRequests = 4096;  // in one call
inline constexpr std::size_t kMaxHttpHeaders = 64;     // of one request or answer

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::uint32_t flags = 0, message = 0;
  std::int64_t timeout_ms = 0;
  std::uint64_t max_answer = 0;
  std::string method, url, client_certificate, client_key;  // the last two: names of secrets
  HttpHeaders headers;
  std::string body;
};
class PayloadWriter;
void encode(const HttpRequest& request, PayloadWriter& into);
// u32 count, then each. Nothing: it makes no sense.
std::optional<std::vector<HttpRequest>> decode_http(std::string_view payload);

struct HttpAnswer {
  std::int32_t rc = 0;
  bool sent = false;
  std::uint32_t status = 0, http_version = 0;
  std::int64_t retry_after_ms = -1;
  HttpHeaders headers;  // names in lower case
  std::string body, reason;
};
// The host's own: no peer said anything.
HttpAnswer no_answer(std::int32_t rc, std::string reason);
std::string encode(std::uint32_t index, const HttpAnswer& answer);
struct IndexedAnswer {
  std::uint32_t index = 0;
  HttpAnswer answer;
};
std::optional<IndexedAnswer> decode_http_answer(std::string_view payload);

}  // namespace vestitel::wire
