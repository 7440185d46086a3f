// The rig's side of HTTP: what the fake host is to answer comes from the samples, or from the peer.
#include "sdk/tools/check/rig.hpp"

namespace vestitel::check {

KitHttp& Rig::outside() {
  const std::lock_guard lock(mutex_);
  if (!http_side_) http_side_ = make_kit_http(asks_, settings, cassette_);
  return *http_side_;
}

testing::FakeAnswer Rig::answer_to(const testing::FakeRequest& request) {
  ++calls;
  testing::FakeAnswer out;
  if (cancel) {
    out.rc = VESTITEL_E_CANCELLED;
    out.status = 0;
    out.sent = false;
    out.reason = "cancelled";
    return out;
  }
  const KitAnswer answer = outside().ask(
      {request.method, request.url, request.body, request.headers, request.flags, request.message},
      [this](std::uint32_t message) { begin_message(message); }, cancel);
  out.status = answer.status;
  out.body = answer.body;
  out.headers = answer.headers;
  out.rc = answer.rc;
  out.sent = answer.sent;
  out.retry_after_ms = answer.retry_after_ms;
  out.reason = answer.reason;
  return out;
}

}  // namespace vestitel::check
