// HTTP under the kit: what the samples have recorded, else the peer that stands beside the check.
#include <condition_variable>
#include <mutex>

#include "core/plugin/outside/http_client.hpp"
#include "sdk/tools/check/rig.hpp"

namespace vestitel::check {
namespace {

testing::FakeAnswer shown(const wire::HttpAnswer& answer) {
  testing::FakeAnswer out;
  out.status = answer.status;
  out.body = answer.body;
  for (const auto& [name, value] : answer.headers) out.headers[name] = value;
  out.rc = answer.rc;
  out.sent = answer.sent;
  out.retry_after_ms = answer.retry_after_ms;
  out.reason = answer.reason;
  return out;
}

class OneAnswer final : public HttpReceiver {
 public:
  explicit OneAnswer(std::function<void(std::uint32_t)> starting) : starting_(std::move(starting)) {}
  bool starting(std::uint32_t message) override { return starting_(message), true; }
  bool answered(std::uint32_t, wire::HttpAnswer answer) override {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    return true;
  }
  void finished() override {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_one();
  }
  wire::HttpAnswer wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finished_; });
    return std::move(answer_);
  }

 private:
  const std::function<void(std::uint32_t)> starting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  wire::HttpAnswer answer_;  // under mutex_, as what follows
  bool finished_ = false;
};

}  // namespace

testing::FakeAnswer Rig::answer_to(const testing::FakeRequest& request) {
  ++calls;
  if (cancel) {
    testing::FakeAnswer stopped;
    stopped.rc = VESTITEL_E_CANCELLED;
    stopped.status = 0;
    stopped.sent = false;
    stopped.reason = "cancelled";
    return stopped;
  }
  if (cassette_)
    if (const auto recorded = cassette_->next(request.method, request.url, request.body)) return shown(*recorded);
  return ask(request);
}

testing::FakeAnswer Rig::ask(const testing::FakeRequest& request) {
  if (!client_) client_ = make_http_client(Reach(asks_.network, settings));
  wire::HttpRequest out;
  out.method = request.method;
  out.url = request.url;
  out.body = request.body;
  out.flags = request.flags;
  out.message = request.message;
  out.timeout_ms = 2'000;  // a peer of the kit that has not answered by then will not
  for (const auto& [name, value] : request.headers) out.headers.emplace_back(name, value);
  const auto receiver = std::make_shared<OneAnswer>([this](std::uint32_t message) { begin_message(message); });
  client_->submit({std::move(out)}, receiver);
  return shown(receiver->wait());
}

}  // namespace vestitel::check
