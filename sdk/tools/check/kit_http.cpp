#include "sdk/tools/check/kit_http.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "core/plugin/outside/connector.hpp"
#include "core/plugin/outside/http_client.hpp"
#include "core/plugin/package/manifest.hpp"
#include "sdk/tools/cassette.hpp"

namespace vestitel::check {
namespace {

constexpr std::chrono::milliseconds kLook(10);
constexpr std::int64_t kPatienceMs = 2'000;  // a peer of the kit that has not answered by then will not

KitAnswer shown(const wire::HttpAnswer& answer) {
  KitAnswer out;
  out.rc = answer.rc;
  out.sent = answer.sent;
  out.status = answer.status;
  out.retry_after_ms = answer.retry_after_ms;
  for (const auto& [name, value] : answer.headers) out.headers[name] = value;
  out.body = answer.body;
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
  // False: it has not finished by then.
  bool finished_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return finished_; });
  }
  wire::HttpAnswer take() {
    const std::lock_guard lock(mutex_);
    return std::move(answer_);
  }

 private:
  const std::function<void(std::uint32_t)> starting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  wire::HttpAnswer answer_;  // under mutex_, as what follows
  bool finished_ = false;
};

class RecordedOrReal final : public KitHttp {
 public:
  RecordedOrReal(const KitAsks& asks, const std::string& settings, const std::string& cassette)
      : client_(make_http_client(Reach(asks.network, settings))),
        connector_(make_connector(Reach(asks.network, settings))) {
    if (auto read = Cassette::parse(cassette)) cassette_ = std::move(*read);
  }
  ~RecordedOrReal() override { client_->close(); }

  KitAnswer ask(const KitRequest& request, const std::function<void(std::uint32_t)>& starting,
                const std::atomic<bool>& cancelled) override {
    if (const auto recorded = cassette_.next(request.method, request.url, request.body)) return shown(*recorded);
    wire::HttpRequest out;
    out.method = request.method;
    out.url = request.url;
    out.body = request.body;
    out.flags = request.flags;
    out.message = request.message;
    out.timeout_ms = kPatienceMs;
    for (const auto& [name, value] : request.headers) out.headers.emplace_back(name, value);
    const auto receiver = std::make_shared<OneAnswer>(starting);
    client_->submit({std::move(out)}, receiver);
    while (!receiver->finished_within(kLook))
      if (cancelled) client_->cancel();
    client_->resume();
    return shown(receiver->take());
  }

  int connect(const std::string& host, std::uint32_t port) override {
    auto stream = connector_->connect(host, static_cast<std::uint16_t>(port), std::chrono::milliseconds(kPatienceMs));
    return stream ? stream->release() : -1;
  }

 private:
  Cassette cassette_;
  const std::shared_ptr<HttpClient> client_;
  const std::shared_ptr<Connector> connector_;
};

}  // namespace

KitAsks kit_asks(const std::string& capabilities_json) {
  const auto asked = parse_capabilities(capabilities_json.empty() ? "{}" : capabilities_json);
  if (!asked) return {};
  return {asked->capabilities.services, asked->capabilities.network, asked->capabilities.kv_bytes};
}

std::unique_ptr<KitHttp> make_kit_http(const KitAsks& asks, const std::string& settings, const std::string& cassette) {
  return std::make_unique<RecordedOrReal>(asks, settings, cassette);
}

}  // namespace vestitel::check
