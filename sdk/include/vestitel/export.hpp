// From a plugin's class to the C ABI: the entry, the life of an instance, the thunks of each ability. A plugin's
// author reads plugin.hpp; this is how it is done.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ask.hpp"
#include "barrier.hpp"
#include "emit.hpp"
#include "reader.hpp"
#include "receipts.hpp"
#include "schema.hpp"
#include "sink.hpp"
#include "traits.hpp"

namespace vestitel {
inline namespace v1 {

namespace detail {

// ---- which optional members a class has ---------------------------------------------------------------------------
template <class P, class = void>
struct TraitsOf {
  static constexpr Traits value{};
};
template <class P>
struct TraitsOf<P, std::void_t<decltype(P::kTraits)>> {
  static constexpr Traits value = P::kTraits;
};

// The same with what plugin.json says.
template <class Spec, class = void>
struct About {
  static constexpr Traits value = TraitsOf<typename Spec::Plugin>::value;
};
template <class Spec>
struct About<Spec, std::void_t<decltype(Spec::kManifest)>> {
  static constexpr Traits value = TraitsOf<typename Spec::Plugin>::value
                                      .vendor(Spec::kManifest.vendor, Spec::kManifest.license, Spec::kManifest.url)
                                      .capabilities(Spec::kManifest.capabilities);
};

template <class P, class = void>
struct HasCheck : std::false_type {};
template <class P>
struct HasCheck<P, std::void_t<decltype(std::declval<P&>().check())>> : std::true_type {};
template <class P, class = void>
struct HasStart : std::false_type {};
template <class P>
struct HasStart<P, std::void_t<decltype(std::declval<P&>().start())>> : std::true_type {};
template <class P, class = void>
struct HasStop : std::false_type {};
template <class P>
struct HasStop<P, std::void_t<decltype(std::declval<P&>().stop())>> : std::true_type {};
template <class P, class = void>
struct HasSniff : std::false_type {};
template <class P>
struct HasSniff<P, std::void_t<decltype(P::sniff(std::string_view(), std::string_view()))>> : std::true_type {};
template <class P, class = void>
struct TakesBatch : std::false_type {};
template <class P>
struct TakesBatch<P, std::void_t<decltype(std::declval<P&>().deliver(std::declval<const MessageBatch&>(),
                                                                     std::declval<Delivery&>()))>> : std::true_type {};
template <class P, class = void>
struct HearsCallbacks : std::false_type {};
template <class P>
struct HearsCallbacks<P, std::void_t<decltype(std::declval<P&>().on_callback(
                             std::declval<const Callback&>(), std::declval<Receipts&>()))>> : std::true_type {};
template <class P, class = void>
struct PollsReceipts : std::false_type {};
template <class P>
struct PollsReceipts<
    P, std::void_t<decltype(std::declval<P&>().poll_receipts(std::uint32_t{}, std::declval<Receipts&>()))>>
    : std::true_type {};

template <class P, class = void>
struct CanBeAsked : std::false_type {};
template <class P>
struct CanBeAsked<
    P, std::void_t<decltype(std::declval<P&>().ask(std::declval<const Doubts&>(), std::declval<Answers&>()))>>
    : std::true_type {};

// ---- one instance -------------------------------------------------------------------------------------------------
enum class State { created, configured, started, stopped };

template <class Spec>
class Instance {
 public:
  using Plugin = typename Spec::Plugin;

  explicit Instance(const vestitel_host* host) : host_(host, &stopping_) {
    abi_.size = sizeof abi_;
    abi_.self = this;
    abi_.configure = [](vestitel_plugin* p, vestitel_str json, vestitel_error* e) {
      return barrier(e, [&] { return of(p).configure(view(json), e); });
    };
    abi_.check = [](vestitel_plugin* p, vestitel_error* e) { return barrier(e, [&] { return of(p).check(e); }); };
    abi_.start = [](vestitel_plugin* p, vestitel_error* e) { return barrier(e, [&] { return of(p).start(e); }); };
    abi_.stop = [](vestitel_plugin* p, std::int64_t) { return barrier(nullptr, [&] { return of(p).stop(); }); };
    abi_.destroy = [](vestitel_plugin* p) {
      barrier(nullptr, [&] { return of(p).state_ == State::started ? of(p).stop() : VESTITEL_OK; });
      barrier(nullptr, [&] { return delete &of(p), VESTITEL_OK; });
    };
    abi_.get_extension = [](vestitel_plugin*, const char* id) { return Spec::template Ability<Spec>::table(id); };
  }

  static Instance& of(vestitel_plugin* plugin) { return *static_cast<Instance*>(plugin->self); }
  vestitel_plugin* abi() { return &abi_; }

  // Runs `body(plugin, call)` as a work call: only while started, and one at a time unless the class is concurrent.
  template <class Body>
  static vestitel_rc work(vestitel_plugin* plugin, vestitel_error* error, Body&& body) noexcept {
    Instance& self = of(plugin);
    const Working working(self.working_);
    if (self.state_ != State::started) return fail(error, VESTITEL_E_INVALID, "work before start or after stop");
    constexpr bool kOverlap = (TraitsOf<Plugin>::value.flags & VESTITEL_FLAG_CONCURRENT) != 0;
    if (!kOverlap && working.others > 0) return fail(error, VESTITEL_E_THREAD, "work calls overlap");
    Call call(self.host_, error);
    const vestitel_rc rc = barrier(error, [&] { return body(*self.plugin_, call); });
    // The first failure stands: what a plugin says after a cancelled read is an echo of it. An exception that came
    // after it has overwritten the text, not the reason.
    return call.failed() ? call.rc() : rc;
  }

 private:
  struct Working {
    explicit Working(std::atomic<int>& n) : count(n), others(n.fetch_add(1)) {}
    ~Working() { count.fetch_sub(1); }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;
    std::atomic<int>& count;
    const int others;
  };

  vestitel_rc configure(std::string_view json, vestitel_error* error) {
    if (state_ == State::started || working_ > 0) return fail(error, VESTITEL_E_INVALID, "configure while started");
    state_ = State::created;
    plugin_.reset();
    settings_.emplace(Spec::fields(), json);
    plugin_ = make();
    state_ = State::configured;
    return VESTITEL_OK;
  }
  std::unique_ptr<Plugin> make() {
    if constexpr (std::is_constructible_v<Plugin, const Settings&, const Host&>) {
      return std::unique_ptr<Plugin>(new Plugin(std::as_const(*settings_), std::as_const(host_)));
    } else if constexpr (std::is_constructible_v<Plugin, const Settings&>) {
      return std::unique_ptr<Plugin>(new Plugin(std::as_const(*settings_)));
    } else if constexpr (std::is_constructible_v<Plugin, const Host&>) {
      return std::unique_ptr<Plugin>(new Plugin(std::as_const(host_)));
    } else {
      return std::unique_ptr<Plugin>(new Plugin());
    }
  }
  vestitel_rc check(vestitel_error* error) {
    if (state_ == State::created) return fail(error, VESTITEL_E_INVALID, "check before configure");
    if constexpr (HasCheck<Plugin>::value) plugin_->check();
    return VESTITEL_OK;
  }
  vestitel_rc start(vestitel_error* error) {
    if (state_ == State::created) return fail(error, VESTITEL_E_INVALID, "start before configure");
    if (state_ == State::started || working_ > 0) return fail(error, VESTITEL_E_INVALID, "started already");
    stopping_ = false;
    if constexpr (HasStart<Plugin>::value) plugin_->start();
    state_ = State::started;
    return VESTITEL_OK;
  }
  vestitel_rc stop() {
    if (state_ != State::started) return VESTITEL_E_INVALID;
    stopping_ = true;
    state_ = State::stopped;
    if constexpr (HasStop<Plugin>::value) plugin_->stop();
    return VESTITEL_OK;
  }

  vestitel_plugin abi_{};
  std::atomic<bool> stopping_{false};
  std::atomic<State> state_{State::created};
  std::atomic<int> working_{0};
  const Host host_;
  std::optional<Settings> settings_;
  std::unique_ptr<Plugin> plugin_;
};

// ---- abilities ----------------------------------------------------------------------------------------------------
template <class Spec>
struct Reader {
  static constexpr std::uint32_t kKind = VESTITEL_KIND_READER;
  using Plugin = typename Spec::Plugin;

  static vestitel_rc parse(vestitel_plugin* plugin, const vestitel_document* document, const vestitel_input* input,
                           vestitel_error* error) {
    return Instance<Spec>::work(plugin, error, [&](Plugin& reader, Call& call) {
      Input in(input, call);
      Emit out(call.host().template service<vestitel_emit_v1>("vestitel.emit/1"), call);
      if (!call.failed()) reader.parse(Document::from(*document), in, out);
      if (!call.failed()) out.flush();
      return VESTITEL_OK;
    });
  }
  static std::int32_t sniff(vestitel_plugin*, vestitel_str name, const std::uint8_t* head, std::uint64_t n) {
    std::int32_t sure = 0;
    barrier(nullptr, [&] {
      if constexpr (HasSniff<Plugin>::value) {
        sure = Plugin::sniff(view(name), view({reinterpret_cast<const char*>(head), n}));
      }
      return VESTITEL_OK;
    });
    return sure < 0 ? 0 : sure > 100 ? 100 : sure;
  }
  static const void* table(const char* id) {
    static constexpr vestitel_parse_v1 kTable = {sizeof kTable, HasSniff<Plugin>::value ? sniff : nullptr, parse};
    return std::string_view(id) == "vestitel.parse/1" ? &kTable : nullptr;
  }
};

template <class Spec>
struct Feed {
  static constexpr std::uint32_t kKind = VESTITEL_KIND_FEED;
  using Plugin = typename Spec::Plugin;

  static vestitel_rc poll(vestitel_plugin* plugin, vestitel_str cursor, std::uint32_t max_events,
                          vestitel_error* error) {
    return Instance<Spec>::work(plugin, error, [&](Plugin& feed, Call& call) {
      Emit out(call.host().template service<vestitel_emit_v1>("vestitel.emit/1"), call);
      if (call.failed()) return call.rc();
      return static_cast<vestitel_rc>(feed.poll(view(cursor), max_events, out));
    });
  }
  static const void* table(const char* id) {
    static constexpr vestitel_poll_v1 kTable = {sizeof kTable, poll};
    return std::string_view(id) == "vestitel.poll/1" ? &kTable : nullptr;
  }
};

template <class Spec>
struct Sink {
  static constexpr std::uint32_t kKind = VESTITEL_KIND_SINK;
  using Plugin = typename Spec::Plugin;

  static vestitel_rc deliver(vestitel_plugin* plugin, const vestitel_msg_batch* messages, vestitel_error* error) {
    return Instance<Spec>::work(plugin, error, [&](Plugin& sink, Call& call) -> vestitel_rc {
      const auto* service = call.host().template service<vestitel_delivery_v1>("vestitel.delivery/1");
      if (service == nullptr) return fail(error, VESTITEL_E_DENIED, "service vestitel.delivery/1 is not granted");
      const MessageBatch batch(*messages);
      if (!batch.sound()) return fail(error, VESTITEL_E_INVALID, "the batch of messages breaks the ABI");
      Delivery delivery(service, call);
      if constexpr (TakesBatch<Plugin>::value) {
        sink.deliver(batch, delivery);
      } else {
        return each(sink, batch, delivery, error);
      }
      return VESTITEL_OK;
    });
  }

  // One message after the other. What is over before it began is not begun; an exception costs its message alone.
  static vestitel_rc each(Plugin& sink, const MessageBatch& batch, Delivery& delivery, vestitel_error* error) {
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      if (delivery.cancelled()) return fail(error, VESTITEL_E_CANCELLED, "cancelled");
      const Message message = batch[i];
      const std::int64_t now = delivery.now_us();
      if (message.expires_us != 0 && now >= message.expires_us) {
        delivery.settle(i, Verdict::permanent("expired before it could be sent"));
      } else if (message.deadline_us != 0 && now >= message.deadline_us) {
        delivery.settle(i, Verdict::retry("its turn came after its deadline"));
      } else {
        one(sink, message, i, delivery);
      }
    }
    return VESTITEL_OK;
  }
  static void one(Plugin& sink, const Message& message, std::uint32_t i, Delivery& delivery) {
    vestitel_error thrown{};
    thrown.size = sizeof thrown;
    delivery.begin(i);
    const vestitel_rc rc = barrier(&thrown, [&] {
      delivery.settle(i, sink.deliver(message));
      return VESTITEL_OK;
    });
    if (rc < 0) delivery.settle(i, Verdict::unknown(std::string(thrown.message, thrown.message_len)));
  }

  static vestitel_rc on_callback(vestitel_plugin* plugin, vestitel_str head, const std::uint8_t* body, std::uint64_t n,
                                 vestitel_error* error) {
    return Instance<Spec>::work(plugin, error, [&](Plugin& sink, Call& call) -> vestitel_rc {
      Receipts receipts(call.host());
      if constexpr (HearsCallbacks<Plugin>::value)
        sink.on_callback(Callback(view(head), view({reinterpret_cast<const char*>(body), n})), receipts);
      return VESTITEL_OK;
    });
  }
  static vestitel_rc poll_receipts(vestitel_plugin* plugin, std::uint32_t max, vestitel_error* error) {
    return Instance<Spec>::work(plugin, error, [&](Plugin& sink, Call& call) -> vestitel_rc {
      Receipts receipts(call.host());
      if constexpr (PollsReceipts<Plugin>::value)
        return static_cast<vestitel_rc>(sink.poll_receipts(max, receipts));
      else
        return VESTITEL_END;
    });
  }

  static vestitel_rc ask(vestitel_plugin* plugin, const vestitel_doubt_batch* doubts, vestitel_error* error) {
    return Instance<Spec>::work(plugin, error, [&](Plugin& sink, Call& call) -> vestitel_rc {
      const auto* service = call.host().template service<vestitel_delivery_v1>("vestitel.delivery/1");
      if (service == nullptr) return fail(error, VESTITEL_E_DENIED, "service vestitel.delivery/1 is not granted");
      const Doubts batch(*doubts);
      if (!batch.sound()) return fail(error, VESTITEL_E_INVALID, "the batch of doubts breaks the ABI");
      Answers answers(service, call);
      if constexpr (CanBeAsked<Plugin>::value) sink.ask(batch, answers);
      return VESTITEL_OK;
    });
  }

  static const void* table(const char* id) {
    constexpr Traits kTraits = TraitsOf<Plugin>::value;
    static constexpr vestitel_deliver_v1 kTable = {sizeof kTable, kTraits.batch, kTraits.body, kTraits.send_us,
                                                   deliver};
    constexpr bool kCalled = HearsCallbacks<Plugin>::value, kPolled = PollsReceipts<Plugin>::value;
    static constexpr vestitel_receipts_v1 kReceipts = {sizeof kReceipts, kCalled ? on_callback : nullptr,
                                                       kPolled ? poll_receipts : nullptr};
    if (std::string_view(id) == "vestitel.receipts/1" && (kCalled || kPolled)) return &kReceipts;
    static constexpr vestitel_ask_v1 kAsk = {sizeof kAsk, kTraits.batch, ask};
    if (std::string_view(id) == "vestitel.ask/1" && CanBeAsked<Plugin>::value) return &kAsk;
    return std::string_view(id) == "vestitel.deliver/1" ? &kTable : nullptr;
  }
};

// ---- the entry ----------------------------------------------------------------------------------------------------
constexpr vestitel_str literal_str(std::string_view text) { return {text.data(), text.size()}; }

template <class Spec>
const vestitel_descriptor* describe(std::uint32_t index) {
  static const std::string schema = schema_json(Spec::fields());
  constexpr Traits t = About<Spec>::value;
  static const vestitel_descriptor descriptor = {sizeof descriptor,
                                                 Spec::template Ability<Spec>::kKind,
                                                 t.flags,
                                                 0,
                                                 literal_str(Spec::kId),
                                                 literal_str(Spec::kName),
                                                 literal_str(t.vendor_name),
                                                 literal_str(Spec::kVersion),
                                                 literal_str(t.license_id),
                                                 literal_str(t.home),
                                                 to_str(schema),
                                                 literal_str(t.capabilities_text)};
  return index == 0 ? &descriptor : nullptr;
}

template <class Spec>
vestitel_rc create(const vestitel_host* host, vestitel_str id, vestitel_plugin** out, vestitel_error* error) {
  return barrier(error, [&]() -> vestitel_rc {
    if (view(id) != Spec::kId) return VESTITEL_NOT_FOUND;
    auto instance = std::make_unique<Instance<Spec>>(host);
    *out = instance.release()->abi();
    return VESTITEL_OK;
  });
}

template <class Spec>
constexpr vestitel_entry entry() {
  return {VESTITEL_MAGIC,
          sizeof(vestitel_entry),
          VESTITEL_ABI_MAJOR,
          VESTITEL_ABI_MINOR,
          0,
          literal_str("vestitel-sdk 1.0"),
          literal_str(__VERSION__),
          [](vestitel_str) -> vestitel_rc { return VESTITEL_OK; },
          [] {},
          [] { return std::uint32_t{1}; },
          [](std::uint32_t index) -> const vestitel_descriptor* {
            const vestitel_descriptor* found = nullptr;
            barrier(nullptr, [&] {
              found = describe<Spec>(index);
              return VESTITEL_OK;
            });
            return found;
          },
          create<Spec>};
}

}  // namespace detail
}  // namespace v1
}  // namespace vestitel
