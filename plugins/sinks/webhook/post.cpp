#include "plugins/sinks/webhook/post.hpp"

#include <algorithm>
#include <utility>

#include "plugins/sinks/common/client_certificate.hpp"

namespace vestitel::webhook {
namespace {

constexpr std::size_t kMostBytes = 512 * 1024;
constexpr std::uint64_t kLongestAnswer = 64 * 1024;

std::string body_of(const std::vector<Ready>& events, bool batched) {
  if (!batched) return events.front().json;
  std::string out = "[";
  for (const Ready& event : events) out.append(out.size() == 1 ? "" : ",").append(event.json);
  return out + "]";
}

std::string id_of(const std::vector<Ready>& events) {
  if (events.size() == 1) return events.front().id;
  std::vector<std::string_view> ids;
  for (const Ready& event : events) ids.push_back(event.id);
  return joint_id(ids);
}

std::chrono::milliseconds patience_of(const std::vector<Ready>& events) {
  return std::min_element(events.begin(), events.end(),
                          [](const Ready& a, const Ready& b) { return a.patience < b.patience; })
      ->patience;
}

}  // namespace

Post make_post(const Endpoint& endpoint, const Signer& signer, std::vector<Ready> events, std::int64_t now_us) {
  const std::int64_t seconds = now_us / 1'000'000;
  const char* form = endpoint.batched ? "application/cloudevents-batch+json; charset=utf-8"
                                      : "application/cloudevents+json; charset=utf-8";
  Post post;
  post.id = id_of(events);
  post.request = HttpRequest::post(events.front().url, form, body_of(events, endpoint.batched));
  HttpRequest& request = post.request;
  request.header("webhook-id", post.id)
      .header("webhook-timestamp", std::to_string(seconds))
      .header("webhook-signature", signer.sign(post.id, seconds, request.body))
      .header("idempotency-key", post.id);
  if (!endpoint.token.empty()) request.header("authorization", "Bearer " + endpoint.token);
  if (endpoint.client_certificate) sinks::show_client_certificate(request);
  if (events.size() == 1) request.of_message(events.front().message);
  request.flags |= VESTITEL_HTTP_REPEATABLE;
  request.timeout = patience_of(events);
  request.max_answer = kLongestAnswer;
  post.events = std::move(events);
  return post;
}

std::vector<std::vector<Ready>> grouped(std::vector<Ready> events, std::size_t most) {
  std::vector<std::vector<Ready>> out;
  std::size_t bytes = 0;
  for (Ready& event : events) {
    if (out.empty() || out.back().size() == most || bytes + event.json.size() > kMostBytes) {
      out.emplace_back();
      bytes = 0;
    }
    bytes += event.json.size();
    out.back().push_back(std::move(event));
  }
  return out;
}

}  // namespace vestitel::webhook
