#include "core/plugin/services/requests.hpp"

#include "core/plugin/wire/payload.hpp"

namespace vestitel::wire {
namespace {

void encode(const HttpHeaders& headers, PayloadWriter& into) {
  into.number(static_cast<std::uint32_t>(headers.size()));
  for (const auto& [name, value] : headers) into.text(name).text(value);
}

bool decode(PayloadReader& in, HttpHeaders& headers) {
  const auto count = in.number<std::uint32_t>();
  if (count > kMaxHttpHeaders) return false;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const auto name = in.text(), value = in.text();
    headers.emplace_back(name, value);
  }
  return in.ok();
}

}  // namespace

void encode(const HttpRequest& request, PayloadWriter& into) {
  into.number(request.flags).number(request.message).number(request.timeout_ms).number(request.max_answer);
  into.text(request.method).text(request.url).text(request.client_certificate).text(request.client_key);
  encode(request.headers, into);
  into.text(request.body);
}

std::optional<std::vector<HttpRequest>> decode_http(std::string_view payload) {
  PayloadReader in(payload);
  const auto count = in.number<std::uint32_t>();
  if (count > kMaxHttpRequests) return std::nullopt;
  std::vector<HttpRequest> out;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    HttpRequest& r = out.emplace_back();
    r.flags = in.number<std::uint32_t>();
    r.message = in.number<std::uint32_t>();
    r.timeout_ms = in.number<std::int64_t>();
    r.max_answer = in.number<std::uint64_t>();
    r.method = in.text(64);
    r.url = in.text(16U * 1024);
    r.client_certificate = in.text(256);
    r.client_key = in.text(256);
    if (!decode(in, r.headers)) return std::nullopt;
    r.body = in.text();
  }
  if (!in.whole()) return std::nullopt;
  return out;
}

HttpAnswer no_answer(std::int32_t rc, std::string reason) {
  HttpAnswer answer;
  answer.rc = rc;
  answer.reason = std::move(reason);
  return answer;
}

std::string encode(std::uint32_t index, const HttpAnswer& answer) {
  PayloadWriter out;
  out.number(index).number(answer.rc).number(std::uint32_t{answer.sent}).number(answer.status);
  out.number(answer.http_version).number(answer.retry_after_ms);
  encode(answer.headers, out);
  out.text(answer.body).text(answer.reason);
  return out.take();
}

std::optional<IndexedAnswer> decode_http_answer(std::string_view payload) {
  PayloadReader in(payload);
  IndexedAnswer out;
  out.index = in.number<std::uint32_t>();
  out.answer.rc = in.number<std::int32_t>();
  out.answer.sent = in.number<std::uint32_t>() != 0;
  out.answer.status = in.number<std::uint32_t>();
  out.answer.http_version = in.number<std::uint32_t>();
  out.answer.retry_after_ms = in.number<std::int64_t>();
  if (!decode(in, out.answer.headers)) return std::nullopt;
  out.answer.body = in.text();
  out.answer.reason = in.text();
  if (!in.whole()) return std::nullopt;
  return out;
}

}  // namespace vestitel::wire
