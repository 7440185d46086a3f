#include "core/plugin/host_side.hpp"

#include <string.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/abi_call.hpp"
#include "core/plugin/services/tables.hpp"
#include "core/plugin/wire/messages.hpp"

namespace vestitel {
namespace {

constexpr std::uint64_t kMaxName = 256, kMaxCursor = 64UL * 1024, kMaxScope = 1024;
constexpr std::uint64_t kMaxRecord = std::uint64_t{1} << 30;  // what is beyond 64 KiB is cut, not refused
constexpr std::uint32_t kMaxPairs = 32;
constexpr std::size_t kMostGathered = 32;  // answers, before the plugin's thread is woken for them

std::string joined(const vestitel_kv* pairs, std::uint32_t n) {
  std::string out;
  for (std::uint32_t i = 0; pairs != nullptr && i < std::min(n, kMaxPairs); ++i) {
    if (i > 0) out += ' ';
    out += safe_text(view(pairs[i].key, kMaxName), 64) + '=' +
           without_personal(safe_text(view(pairs[i].value, 4096), 256));
  }
  return out;
}

}  // namespace

// The functions behind the tables. Each finds its instance in host->ctx and lets no exception out.
struct HostSide::Services {
  static HostSide& of(const vestitel_host* host) { return *static_cast<HostSide*>(static_cast<Asker*>(host->ctx)); }

  template <class Serve>
  static vestitel_rc emitting(const vestitel_host* host, vestitel_error* error, Serve&& serve_with) {
    return serve(error, [&]() -> vestitel_rc {
      HostSide& self = of(host);
      const std::lock_guard lock(self.mutex_);
      if (self.emit_ == nullptr) return fail(error, VESTITEL_E_INVALID, "nothing may be emitted outside a work call");
      return serve_with(*self.emit_);
    });
  }

  static vestitel_rc emit(const vestitel_host* host, const vestitel_batch* batch, vestitel_error* error) {
    if (batch == nullptr) return fail(error, VESTITEL_E_INVALID, "the batch is null");
    return emitting(host, error, [&](EmitCall& call) { return call.emit(*batch, error); });
  }
  static vestitel_rc quarantine(const vestitel_host* host, vestitel_place place, vestitel_str element,
                                vestitel_str reason, vestitel_str bytes, vestitel_error* error) {
    return emitting(host, error, [&](EmitCall& call) {
      return call.quarantine({place.line, place.column, place.byte}, view(element, 4096), view(reason, 4096),
                             view(bytes, kMaxRecord), error);
    });
  }
  static vestitel_rc complete(const vestitel_host* host, vestitel_str scope, vestitel_error* error) {
    if (scope.n > kMaxScope) return fail(error, VESTITEL_E_INVALID, "the scope is too long");
    return emitting(host, error, [&](EmitCall& call) { return call.complete(view(scope, kMaxScope), error); });
  }
  static vestitel_rc commit(const vestitel_host* host, vestitel_str cursor, vestitel_error* error) {
    if (cursor.n > kMaxCursor) return fail(error, VESTITEL_E_INVALID, "the cursor is too long");
    return emitting(host, error, [&](EmitCall& call) { return call.commit(view(cursor, kMaxCursor), error); });
  }

  template <class Serve>
  static void delivering(const vestitel_host* host, Serve&& serve_with) {
    serve(nullptr, [&]() -> vestitel_rc {
      HostSide& self = of(host);
      const std::lock_guard lock(self.mutex_);
      if (self.deliver_ != nullptr)
        serve_with(*self.deliver_);
      else
        self.note_breach("a message was begun or settled outside a deliver call");
      return VESTITEL_OK;
    });
  }
  static void begin(const vestitel_host* host, std::uint32_t index) {
    serve(nullptr, [&] { return of(host).begin(index, std::nullopt), VESTITEL_OK; });
  }
  static void settle(const vestitel_host* host, std::uint32_t index, const vestitel_verdict* verdict) {
    delivering(host, [&](DeliverCall& call) {
      if (verdict != nullptr && verdict->size >= sizeof(vestitel_verdict)) return call.settle(index, *verdict);
      of(host).note_breach("a verdict was null or smaller than that of ABI 1.0");
    });
  }

  static std::int32_t log_enabled(const vestitel_host*, std::int32_t) { return 1; }
  static void log_write(const vestitel_host* host, std::int32_t level, vestitel_str message, const vestitel_kv* pairs,
                        std::uint32_t n) {
    serve(nullptr, [&]() -> vestitel_rc {
      log::write(level_of(level), "plugin_said",
                 {{"instance", of(host).context_.instance},
                  {"plugin", of(host).plugin_id_},
                  {"message", without_personal(safe_text(view(message, kMaxCursor), 1024))},
                  {"about", joined(pairs, n)}});
      return VESTITEL_OK;
    });
  }

  static vestitel_rc read_secret(const vestitel_host* host, vestitel_str name, void (*use)(void*, vestitel_str),
                                 void* arg, vestitel_error* error) {
    return serve(error, [&]() -> vestitel_rc {
      if (use == nullptr) return fail(error, VESTITEL_E_INVALID, "use is null");
      auto value = of(host).context_.secret(view(name, kMaxName));
      if (!value) return VESTITEL_NOT_FOUND;
      struct Wipe {
        std::string& text;
        ~Wipe() { ::explicit_bzero(text.data(), text.size()); }
      } wipe{*value};
      use(arg, to_str(*value));
      return VESTITEL_OK;
    });
  }

  static constexpr vestitel_emit_v1 kEmit{sizeof(vestitel_emit_v1), emit, quarantine, complete, commit};
  static constexpr vestitel_delivery_v1 kDelivery{sizeof(vestitel_delivery_v1), begin, settle};
  static constexpr vestitel_log_v1 kLog{sizeof(vestitel_log_v1), log_enabled, log_write};
  static constexpr vestitel_secret_v1 kSecret{sizeof(vestitel_secret_v1), read_secret};

  static const void* get_service(const vestitel_host* host, const char* id) {
    if (id == nullptr) return nullptr;
    const HostSide& self = of(host);
    const std::string_view wanted = id;
    if (wanted == "vestitel.emit/1" && (self.granted_ & wire::kServiceEmit) != 0) return &kEmit;
    if (wanted == "vestitel.delivery/1" && (self.granted_ & wire::kServiceDelivery) != 0) return &kDelivery;
    if (wanted == "vestitel.log/1") return &kLog;
    if (wanted == "vestitel.secret/1" && (self.granted_ & wire::kServiceSecret) != 0) return &kSecret;
    return service_table(wanted, self.granted_);
  }
  static std::int32_t cancelled(const vestitel_host* host) { return of(host).cancelled() ? 1 : 0; }
  static std::int64_t now_us(const vestitel_host* host) { return to_micros(of(host).clock().now()); }
};

HostSide::HostSide(HostContext context, const PluginDescription& plugin)
    : context_(std::move(context)),
      plugin_id_(plugin.id),
      granted_(LentServices::granted(context_, plugin)),
      lent_(context_, plugin.id) {
  host_ = host_table(static_cast<Asker*>(this), context_.instance, Services::get_service, Services::cancelled,
                     Services::now_us);
}

void HostSide::set_cancelled(bool cancelled) {
  {
    const std::lock_guard lock(sleeping_mutex_);
    cancelled_.store(cancelled, std::memory_order_release);
  }
  cancel_.notify_all();
  cancelled ? lent_.cancel() : lent_.resume();
}

bool HostSide::begin(std::uint32_t message, std::optional<std::uint64_t> of_call) {
  const std::lock_guard lock(mutex_);
  if (of_call && *of_call != delivery_) return false;  // its call is over: the message has been put off
  if (deliver_ != nullptr)
    deliver_->begin(message);
  else
    note_breach("a message was begun outside a deliver call");
  return deliver_ != nullptr;
}

// ---- as an Asker ------------------------------------------------------------------------------------------------

Asked HostSide::ask(wire::Type type, std::string_view payload) { return lent_.answer(type, payload); }
void HostSide::tell(wire::Type type, std::string_view payload) { lent_.told(type, payload); }

// The answers of one call, brought from the client's thread to that of the plugin.
class HostSide::HttpWait final : public HttpReceiver {
 public:
  HttpWait(HostSide& host, std::uint64_t of_call) : host_(host), of_call_(of_call) {}

  bool starting(std::uint32_t message) override { return host_.begin(message, of_call_); }
  bool answered(std::uint32_t index, wire::HttpAnswer answer) override {
    const std::lock_guard lock(mutex_);
    came_.push_back(wire::encode(index, answer));
    if (came_.size() == kMostGathered) changed_.notify_one();
    return true;
  }
  void paused() override { changed_.notify_one(); }
  void finished() override {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_one();
  }
  void wait(const std::function<void(std::string_view)>& answered) {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return finished_ || !came_.empty(); });
      if (came_.empty()) return;
      const std::deque<std::string> here = std::exchange(came_, {});
      lock.unlock();
      for (const std::string& one : here) answered(one);
      lock.lock();
    }
  }

 private:
  HostSide& host_;
  const std::uint64_t of_call_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> came_;  // under mutex_, as what follows
  bool finished_ = false;
};

Asked HostSide::ask_http(std::string_view payload, const std::function<void(std::string_view)>& answered) {
  std::uint64_t of_call = 0;
  {
    const std::lock_guard lock(mutex_);
    of_call = delivery_;
  }
  const auto waiting = std::make_shared<HttpWait>(*this, of_call);
  if (auto refusal = lent_.submit(payload, waiting)) return std::move(*refusal);
  waiting->wait(answered);
  return {};
}

std::int64_t HostSide::monotonic_us() const { return context_.clock->monotonic().count(); }

bool HostSide::sleep_until(std::int64_t until) {
  std::unique_lock lock(sleeping_mutex_);
  while (!cancelled()) {
    const auto left = Micros{until} - context_.clock->monotonic();
    if (left.count() <= 0) return true;
    cancel_.wait_for(lock, left);
  }
  return false;
}

void HostSide::route(EmitCall* call) {
  const std::lock_guard lock(mutex_);
  emit_ = call;
}

void HostSide::route(DeliverCall* call) {
  const std::lock_guard lock(mutex_);
  deliver_ = call;
  ++delivery_;
}

void HostSide::note_breach(std::string_view what) const {
  log::warning("plugin_broke_contract", {{"instance", context_.instance}, {"plugin", plugin_id_}, {"what", what}});
}

}  // namespace vestitel
