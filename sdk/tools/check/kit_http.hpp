// HTTP and streams under the kit: what the samples have recorded, else the peer that stands beside the check. Values
// alone: a rig's header has to go with those of the SDK.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vestitel::check {

// What a plugin asks for in its capabilities; what does not read asks for nothing, and another check says so.
struct KitAsks {
  std::vector<std::string> services, network;
  std::uint64_t kv_bytes = 0;
};
KitAsks kit_asks(const std::string& capabilities_json);

struct KitRequest {
  std::string method, url, body;
  std::map<std::string, std::string> headers;
  std::uint32_t flags = 0, message = 0;
};
struct KitAnswer {
  std::int32_t rc = 0;
  bool sent = false;
  std::uint32_t status = 0;
  std::int64_t retry_after_ms = -1;
  std::map<std::string, std::string> headers;
  std::string body, reason;
};

class KitHttp {
 public:
  virtual ~KitHttp() = default;
  // Waits for the answer, or until `cancelled` is set. `starting` hears of the message before anything of the request
  // leaves.
  virtual KitAnswer ask(const KitRequest& request, const std::function<void(std::uint32_t)>& starting,
                        const std::atomic<bool>& cancelled) = 0;
  // A connected stream, the caller's to close; -1: not granted, or not reached.
  virtual int connect(const std::string& host, std::uint32_t port) = 0;
};
// Reaches what `asks` names with these settings put in. A cassette that does not read has recorded nothing.
std::unique_ptr<KitHttp> make_kit_http(const KitAsks& asks, const std::string& settings, const std::string& cassette);

}  // namespace vestitel::check
