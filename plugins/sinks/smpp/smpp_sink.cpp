// Sends each message as one SMS to one number over SMPP 3.4, and hears what became of it. A part that has left and
// whose answer never came makes its message unknown; SMPP has no key by which a centre would fold a repeat.
#include <vestitel/plugin.hpp>
#include <vestitel/services.hpp>

#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "plugins/sinks/common/outbound_text.hpp"
#include "plugins/sinks/smpp/compose.hpp"
#include "plugins/sinks/smpp/engine.hpp"
#include "plugins/sinks/smpp/post_box.hpp"
#include "plugins/sinks/smpp/settings.hpp"

namespace vestitel::smpp {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMaxBatch = 1000;
constexpr std::uint64_t kMaxBody = std::uint64_t{16} * 1024;
constexpr milliseconds kCancelSlice{100};
constexpr std::size_t kSlice = 20;  // so many leave while the rest is composed

class SmppSink {
 public:
  static constexpr Traits kTraits =
      Traits()
          .needs_net()
          .max_batch(kMaxBatch)
          .max_body(kMaxBody)
          .max_send(kStartWindow + kLongestAnswer + std::chrono::seconds(10))
          .capabilities(
              R"({"network":["{host}:{port}"],"services":["vestitel.connect/1"],"files":["{ca_file}"],"secrets":["password"],)"
              R"("libraries":["libssl.so.3: TLS to the centre",)"
              R"("libcrypto.so.3: certificates"]})");

  SmppSink(const Settings& settings, const Host& host)
      : settings_(settings),
        host_(host),
        shape_(shape_of(settings)),
        receipts_(receipt_settings_of(settings)),
        options_(options_of(settings)) {
    check_tls(settings);
  }
  ~SmppSink() { end(); }
  SmppSink(const SmppSink&) = delete;
  SmppSink& operator=(const SmppSink&) = delete;

  // Goes as far as a session gets without a message: connection, TLS, bind, unbind.
  void check() {
    const auto running = now_running();
    if (running && running->engine.any_bound()) return;  // a second session may not be allowed
    prepare();
    const Ending ending = Running(*this).engine.probe([this] { return host_.cancelled(); });
    if (ending.fault == Fault::none) return;
    const Verdict verdict = verdict_of(ending, 0);
    if (verdict.kind() != VESTITEL_CONFIG_ERROR) throw Error::retry(verdict.reason());
    if (ending.fault == Fault::refused) throw Error::auth(verdict.reason());
    throw Error::config("/tls", verdict.reason());
  }

  void start() {
    prepare();
    const std::lock_guard lock(mutex_);
    running_ = std::make_shared<Running>(*this);
    thread_ = std::thread([running = running_] { running->engine.run(); });
  }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    const auto running = now_running();
    if (running == nullptr) return;
    const auto call =
        std::make_shared<Call>([&](std::uint32_t i) { delivery.begin(i); },
                               [&](std::uint32_t i, const Verdict& verdict) { delivery.settle(i, verdict); });
    const Waiting until_all_are_settled{*running, call, delivery};
    std::vector<Parcel> parcels;
    const std::int64_t now = running->network->now_us();
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      add(parcels, batch[i], i, now, delivery);
      if (parcels.size() < kSlice && i + 1 < batch.size()) continue;
      if (!running->engine.hand_over(std::exchange(parcels, {}), call)) return;
    }
  }

  // A running deliver sees the stop within 100 ms and returns.
  void stop() { end(); }

 private:
  // What one thread runs, with all that it touches.
  struct Running {
    explicit Running(const SmppSink& sink)
        : box(sink.host_, sink.receipts_), network(sink.make_network()), engine(sink.options_, sink.outside(*this)) {}
    PostBox box;
    std::mt19937_64 random{std::random_device{}()};
    const std::unique_ptr<sinks::Network> network;
    Engine engine;
  };

  // Nothing is on its way any more when deliver returns, also where it throws.
  struct Waiting {
    Running& running;
    const std::shared_ptr<Call>& call;
    const Delivery& delivery;
    ~Waiting() {
      while (!call->wait(kCancelSlice))
        if (delivery.cancelled()) running.engine.cancel(call);
    }
  };

  std::shared_ptr<Running> now_running() {
    const std::lock_guard lock(mutex_);
    return running_;
  }

  void add(std::vector<Parcel>& parcels, const Message& message, std::uint32_t i, std::int64_t monotonic_us,
           Delivery& delivery) {
    const std::int64_t now = host_.now_us();
    if (message.expires_us != 0 && now >= message.expires_us)
      return delivery.settle(i, Verdict::permanent("expired before it could be sent"));
    if (message.deadline_us != 0 && now >= message.deadline_us)
      return delivery.settle(i, Verdict::retry("its turn came after its deadline"));
    if (message.body.size() > kMaxBody) return delivery.settle(i, Verdict::permanent("the text is larger than 16 KiB"));
    Composed made = compose(shape_, message.to, message.body, message.idem_key,
                            message.expires_us == 0 ? 0 : message.expires_us - now);
    if (!made.error.empty()) return delivery.settle(i, Verdict::permanent(made.error));
    std::int64_t left = std::chrono::microseconds(kStartWindow).count();
    if (message.deadline_us != 0) left = std::min(left, message.deadline_us - now);
    parcels.push_back(
        {i, std::string(message.idem_key), std::string(message.to), std::move(made.parts), monotonic_us + left});
  }

  // What needs files and secrets, once. [control], as who calls it.
  void prepare() {
    if (!options_.link.bind.password.empty() || !options_.link.bind.system_id.empty()) return;
    std::string password = host_.secret("password");
    if (password.empty()) throw Error::config("/password", "this secret is not set");
    if (password.size() > kMaxPassword || !sinks::is_visible_ascii(password, kMaxPassword))
      throw Error::config("/password", "expected at most 16 visible characters of ASCII");
    if (settings_.choice("tls") == "implicit") tls_ = sinks::tls_of(settings_);
    options_.link.bind.system_id = settings_.text("system_id");
    options_.link.bind.password = std::move(password);
  }

  std::unique_ptr<sinks::Network> make_network() const {
    return sinks::poll_network(settings_.text("host"), static_cast<std::uint16_t>(settings_.integer("port")),
                               options_.link.bind_us, [this] { return borrow(); });
  }

  Outside outside(Running& running) const {
    return {*running.network,
            tls_.get(),
            [this] { return host_.now_us(); },
            [&running] { return std::uniform_real_distribution<double>(0, 1)(running.random); },
            [&running](const Pdu& pdu, bool idle) { return running.box.take(pdu, idle); },
            [&running](const std::vector<std::string>& ids) { running.box.accepted(ids); },
            [this](std::string_view event, std::string_view detail) {
              host_.log(VESTITEL_LOG_ERROR, event, {{"status", detail}});
            }};
  }

  // In the sandbox: the hub makes the connection. It was granted one centre.
  int borrow() const {
    try {
      return connect_stream(host_, settings_.text("host"), static_cast<std::uint16_t>(settings_.integer("port")),
                            milliseconds(5000));
    } catch (const Error& error) {
      host_.log(VESTITEL_LOG_WARN, "no connection from the host", {{"reason", error.what()}});
      return -1;
    }
  }

  void end() {
    const std::lock_guard lock(mutex_);
    if (running_) running_->engine.stop();
    if (thread_.joinable()) thread_.join();
    running_.reset();
  }

  const Settings& settings_;
  const Host& host_;
  const Shape shape_;
  const ReceiptSettings receipts_;
  EngineOptions options_;
  std::unique_ptr<sinks::TlsContext> tls_;
  std::mutex mutex_;  // below
  std::shared_ptr<Running> running_;
  std::thread thread_;
};

}  // namespace
}  // namespace vestitel::smpp

VESTITEL_EXPORT_SINK(vestitel::smpp::SmppSink, "org.vestitel.smpp", "SMPP", "1.0.0", vestitel::smpp::kFields)
