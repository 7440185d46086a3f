// An instance whose plugin lives in a process of its own: starts it, starts it again, and makes each call of the ports
// a call over the wire.
#include <atomic>
#include <map>

#include "core/base/log.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/abi_call.hpp"
#include "core/plugin/ask_books.hpp"
#include "core/plugin/child/child_home.hpp"
#include "core/plugin/child/work_services.hpp"
#include "core/plugin/delivery_books.hpp"
#include "core/plugin/emission.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/wire/batch.hpp"
#include "core/plugin/wire/payload.hpp"
#include "core/plugin/work_gate.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMostCrashes = 3;  // on one message
constexpr std::size_t kMostSuspects = 10'000;
constexpr std::size_t kMostAtOnce = 8UL * 1024 * 1024;  // bytes of messages handed over in one call

Result<vestitel_rc> rc_of_answer(const Result<CallAnswer>& answer) {
  if (!answer) return answer.error();
  if (answer->rc >= 0) return answer->rc;
  vestitel_error error = fresh_error();
  wire::Outcome outcome;
  outcome.field_path = answer->field_path;
  outcome.message = answer->message;
  wire::fill(outcome, error);
  return error_of(answer->rc, error);
}

// The bytes of a document; that they fail is the hub's failure, whatever the plugin makes of it.
struct RecordedBytes final : ByteStream {
  RecordedBytes(ByteStream& from, Emission& to) : bytes(from), emission(to) {}
  Result<std::size_t> read(std::span<char> into) override {
    auto got = bytes.read(into);
    if (!got) emission.refused(got.error(), nullptr);
    return got;
  }
  ByteStream& bytes;
  Emission& emission;
};

Result<> done(const Result<CallAnswer>& answer) {
  const auto rc = rc_of_answer(answer);
  if (!rc) return rc.error();
  return Done{};
}

class ChildInstance final : public PluginInstance, private Reader, private Feed, private Sink {
 public:
  ChildInstance(const ChildHome& home, std::string path, PluginDescription plugin, HostContext context,
                std::string sha256)
      : home_(home),
        path_(std::move(path)),
        context_(std::move(context)),
        order_(context_.instance),
        description_(std::move(plugin)),
        sha256_(std::move(sha256)) {}

  ~ChildInstance() override {
    cancel();
    if (order_.running()) static_cast<void>(stop_process(context_.clock->now() + home_.send_grace).ok());
    order_.stopped();
    const std::lock_guard wait_for_work(work_);
    if (const auto process = current(); process && process->alive())
      static_cast<void>(process->call(wire::Type::kDestroy, {}, {home_.send_grace, home_.send_grace}).ok());
    exchange(nullptr);
  }

  Result<> create() {
    if (description_.id.empty())
      return {Failure::kNotFound, "creating instance " + context_.instance + ": no plugin id"};
    services_.emplace(context_, description_.id);
    lines_.emplace([this](std::string_view stream, std::string_view line) { services_->printed(stream, line); });
    if (auto begun = spawn(); !begun) return begun.error().during("creating instance " + context_.instance);
    const wire::Ready& ready = process_->ready();
    if ((description_.reader && !ready.parse) || (description_.feed && !ready.poll) ||
        (description_.sink && !ready.deliver))
      return {Failure::kInternal, "creating instance " + context_.instance +
                                      ": the plugin does not have an ability that its descriptor promises"};
    limits_ = limits_of(ready.max_batch, ready.max_send_us, description_.idempotent);
    limits_.hears_callbacks = ready.callbacks;
    limits_.polls_receipts = ready.poll_receipts;
    if (ready.max_ask > 0) limits_.max_ask = most_asked(ready.max_ask);
    return Done{};
  }

  const PluginDescription& description() const override { return description_; }

  Result<> configure(std::string_view settings_json) override {
    if (auto may = order_.may_configure(); !may) return may;
    settings_ = settings_json;
    if (auto here = revive(); !here) return here;
    const auto configured = done(call(wire::Type::kConfigure, settings_, control()));
    order_.configured(configured.ok());
    return configured;
  }

  Result<> check() override {
    if (auto may = order_.may_check(); !may) return may;
    if (auto here = revive(); !here) return here;
    return done(call(wire::Type::kCheck, {}, {home_.check, home_.check}));
  }

  Result<> start() override {
    if (auto may = order_.may_start(); !may) return may;
    cancelled_ = false;
    services_->lent().resume();
    if (auto here = revive(); !here) return here;
    if (const auto process = current()) static_cast<void>(process->post(wire::Type::kResume).ok());
    if (auto started = done(call(wire::Type::kStart, {}, control())); !started) return started;
    order_.started();
    return Done{};
  }

  Result<> stop(Instant deadline) override {
    if (auto may = order_.may_stop(); !may) return may;
    order_.stopped();
    return stop_process(deadline);
  }

  void cancel() override {
    cancelled_ = true;
    if (services_) services_->lent().cancel();
    if (const auto process = current()) static_cast<void>(process->post(wire::Type::kCancel).ok());
  }

  Reader* reader() override { return description_.reader ? this : nullptr; }
  Feed* feed() override { return description_.feed ? this : nullptr; }
  Sink* sink() override { return description_.sink ? this : nullptr; }

 private:
  // ---- the process ----------------------------------------------------------------------------------------------

  std::shared_ptr<RunnerProcess> current() const {
    const std::lock_guard lock(process_mutex_);
    return process_;
  }
  // What was there before ends here, or with the last call that is in it.
  void exchange(std::shared_ptr<RunnerProcess> next) {
    const std::lock_guard lock(process_mutex_);
    process_.swap(next);
  }

  CallPatience control() const { return {home_.control, home_.control}; }

  RunnerSpec spec_of(int library) const {
    RunnerSpec spec;
    spec.hello.instance = context_.instance;
    spec.hello.plugin = description_.id;
    spec.hello.library = path_;
    spec.hello.clock_offset_us = to_micros(context_.clock->now()) - to_micros(SystemClock().now());
    spec.hello.services = LentServices::granted(context_, description_);
    for (const std::string& folder : context_.lent.folders) spec.hello.paths.push_back({folder, true});
    for (const std::string& file : context_.lent.files) spec.hello.paths.push_back({file, false});
    spec.limits = home_.limits;
    spec.program = program_of(path_, !sha256_.empty());
    spec.library = library;
    spec.load = home_.load;
    spec.heartbeat = home_.heartbeat;
    return spec;
  }

  Result<> spawn() {
    const auto library =
        sha256_.empty() ? open_trusted(path_, home_.owners) : open_checked(path_, sha256_, home_.owners);
    if (!library) return library.error();
    exchange(nullptr);
    auto process = RunnerProcess::start(*home_.launcher, spec_of(library->get()), *services_, *lines_);
    if (!process) return process.error();
    log::info("runner_started", {{"instance", context_.instance},
                                 {"plugin", description_.id},
                                 {"pid", (*process)->pid()},
                                 {"sandbox", (*process)->ready().sandbox}});
    exchange(std::move(*process));
    return Done{};
  }

  // A process that lives, configured and started as far as the order says. kBusy: it has crashed, and is left alone
  // for a while.
  Result<> revive() {
    if (const auto process = current(); process && process->alive()) return Done{};
    const Micros now = context_.clock->monotonic();
    if (now < again_) {
      const auto left = std::chrono::ceil<std::chrono::seconds>(again_ - now);
      return {Failure::kBusy, "the plugin died " + std::to_string(crashes_) +
                                  " times in a row and is started again in " + std::to_string(left.count()) + " s"};
    }
    auto begun = spawn();
    if (!begun) put_off();
    if (begun && order_.running()) {
      begun = done(call(wire::Type::kConfigure, settings_, control()));
      if (begun) begun = done(call(wire::Type::kStart, {}, control()));
      if (!begun) exchange(nullptr);
      if (!begun && begun.error().failure != Failure::kCrashed) put_off();
    }
    // Nothing was asked of it yet, so that nothing is to blame but the plugin itself.
    if (!begun) return {Failure::kBusy, "the plugin cannot be started again: " + begun.error().message};
    return Done{};
  }

  void put_off() {
    ++crashes_;
    auto pause = home_.first_pause;
    for (std::uint32_t i = 1; i < crashes_ && pause < home_.longest_pause; ++i) pause *= 2;
    again_ = context_.clock->monotonic() + std::min(pause, home_.longest_pause);
  }

  Result<CallAnswer> call(wire::Type type, std::string_view payload, CallPatience patience) {
    const auto process = current();
    auto answer = process ? process->call(type, payload, patience)
                          : Result<CallAnswer>(Failure::kCrashed, "the plugin's process has gone");
    if (!answer) {
      log::error("runner_died",
                 {{"instance", context_.instance}, {"plugin", description_.id}, {"reason", answer.error().message}});
      put_off();
    }
    return answer;
  }

  Result<> stop_process(Instant deadline) {
    if (const auto process = current(); !process || !process->alive()) return Done{};
    const auto left = std::chrono::ceil<milliseconds>(deadline - context_.clock->now());
    const auto patience = std::max(left, milliseconds{0}) + home_.send_grace;
    const auto stopped =
        done(call(wire::Type::kStop, wire::PayloadWriter().number(to_micros(deadline)).view(), {patience, patience}));
    if (!stopped) return stopped.error().during("stopping instance " + context_.instance);
    return Done{};
  }

  Result<std::unique_lock<std::mutex>> enter() {
    auto gate = enter_work(cancelled_, order_, work_);
    if (!gate) return gate;
    if (auto here = revive(); !here) return here.error();
    return gate;
  }

  // ---- what the ports ask for -----------------------------------------------------------------------------------

  int sniff(std::string_view name, std::string_view head) override {
    const auto gate = enter();
    if (!gate) return 0;
    const auto answer = call(wire::Type::kSniff, wire::PayloadWriter().text(name).bytes(head).view(), control());
    return answer ? std::clamp(answer->rc, 0, 100) : 0;
  }

  std::optional<ParseFailure> parse(const DocumentArrival& arrival, ByteStream& bytes, EventReceiver& out) override {
    const auto gate = enter();
    if (!gate) return ParseFailure{gate.error(), {}};
    wire::DocumentHead head;
    head.flags = arrival.complete ? VESTITEL_DOC_COMPLETE : 0;
    head.as_of_us = to_micros(arrival.as_of);
    head.total_bytes = arrival.size;
    head.name = arrival.name;
    head.media_type = arrival.media_type;
    head.partner = arrival.partner;
    Emission emission(out, to_micros(arrival.as_of));
    Result<vestitel_rc> rc = VESTITEL_OK;
    {
      RecordedBytes recorded(bytes, emission);
      const WorkServices::Serving serving(*services_, {&emission, &recorded, nullptr});
      rc = rc_of_answer(call(wire::Type::kParse, encode(head), {home_.progress, milliseconds{0}}));
    }
    worked(rc);
    return emission.parsed(rc);
  }

  Result<FeedAnswer> poll(std::string_view cursor, std::uint32_t max_events, FeedReceiver& out) override {
    const auto gate = enter();
    if (!gate) return gate.error();
    LentServices::Unit unit(services_->lent());
    Emission emission(out, unit, to_micros(context_.clock->now()));
    Result<vestitel_rc> rc = VESTITEL_OK;
    {
      const WorkServices::Serving serving(*services_, {&emission, nullptr, nullptr});
      const auto answer = call(wire::Type::kPoll, wire::PayloadWriter().number(max_events).text(cursor).view(),
                               {home_.poll, milliseconds{0}});
      if (answer && answer->rc < 0) out.put_off(wait_of(answer->retry_after_ms));
      rc = rc_of_answer(answer);
    }
    worked(rc);
    if (auto error = emission.outcome(rc, VESTITEL_END)) return *error;
    if (emission.uncommitted()) services_->note_breach("a poll ended with events that it had not committed");
    return FeedAnswer{*rc == VESTITEL_MORE};
  }

  SinkLimits limits() const override { return limits_; }

  Result<> deliver(std::span<const Message> messages, SettleReceiver& out) override {
    const DeliveryBooks::Breach breach = [this](std::string_view what) { services_->note_breach(what); };
    DeliveryBooks books(messages.size(), out, breach);
    milliseconds after{0};
    const auto sent = send(messages, books, after);
    const std::string why = sent ? "the sink returned without a verdict" : sent.error().message;
    if (books.settle_rest(why, after) && sent) breach("deliver returned without a verdict on each message");
    return sent;
  }

  Result<> hear(const ProviderCall& given) override {
    if (!limits_.hears_callbacks) return Sink::hear(given);
    const auto heard = listen(wire::Type::kCallback, wire::PayloadWriter().text(given.head).bytes(given.body).view());
    if (!heard) return heard.error();
    return Done{};
  }

  Result<bool> poll_receipts(std::uint32_t most) override {
    if (!limits_.polls_receipts) return false;
    const auto rc = listen(wire::Type::kPollReceipts, wire::PayloadWriter().number(most).view());
    if (!rc) return rc.error();
    return *rc == VESTITEL_MORE;
  }

  Result<std::vector<Verdict>> ask(std::span<const Doubt> doubts) override {
    if (limits_.max_ask == 0 || doubts.empty()) return Sink::ask(doubts);
    if (doubts.size() > limits_.max_ask) return {Failure::kInternal, "more doubts than the sink takes"};
    const auto gate = enter();
    if (!gate) return gate.error();
    const AskBooks::Breach breach = [this](std::string_view what) { services_->note_breach(what); };
    AskBooks books(doubts.size(), breach);
    const FlatDoubts flat(doubts);
    const vestitel_doubt_batch batch = flat.batch();
    const auto size = wire::encoded_size(batch);
    if (!size) return {Failure::kInternal, "the doubts are larger than the wire takes"};
    std::string payload(*size, '\0');
    wire::encode(batch, payload.data());
    {
      const WorkServices::Serving serving(*services_, {nullptr, nullptr, &books});
      const CallPatience patience{limits_.max_send + home_.send_grace, milliseconds{0}};
      const auto rc = rc_of_answer(call(wire::Type::kAsk, payload, patience));
      worked(rc);
      if (!rc) return rc.error();
    }
    return books.take();
  }

  Result<vestitel_rc> listen(wire::Type type, std::string_view payload) {
    const auto gate = enter();
    if (!gate) return gate.error();
    const WorkServices::Serving serving(*services_, {});
    const auto rc = rc_of_answer(call(type, payload, {home_.poll, milliseconds{0}}));
    worked(rc);
    return rc;
  }

  // Hands the messages over in parts that fit a frame; each part's numbers are those of the whole.
  struct Part final : DeliverCall {
    DeliveryBooks& books;
    std::uint32_t first = 0, count = 0;
    explicit Part(DeliveryBooks& all) : books(all) {}
    void begin(std::uint32_t index) override { books.begin(index < count ? first + index : UINT32_MAX); }
    void settle(std::uint32_t index, const vestitel_verdict& verdict) override {
      books.settle(index < count ? first + index : UINT32_MAX, verdict);
    }
  };

  Result<> send(std::span<const Message> messages, DeliveryBooks& books, milliseconds& after) {
    if (messages.empty()) return Done{};
    const auto gate = enter();
    if (!gate) {
      if (gate.error().failure == Failure::kBusy)
        after = std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(again_ - context_.clock->monotonic()));
      return gate.error();
    }
    if (messages.size() > limits_.max_batch)
      return {Failure::kInternal, "the batch holds more messages than the sink takes"};
    Part part(books);
    while (!messages.empty()) {
      const std::size_t count = one_by_one_ ? 1 : fitting(messages);
      part.count = static_cast<std::uint32_t>(count);
      if (auto sent = send_part(messages.first(count), part, after); !sent) {
        if (sent.error().failure == Failure::kCrashed) blame(messages.front(), part, sent.error());
        return sent;
      }
      part.first += part.count;
      messages = messages.subspan(count);
    }
    one_by_one_ = false;  // all of a batch went well
    suspects_.clear();
    return Done{};
  }

  // The process died. Which message it died on is known when there was but one; so the next come one by one, and one
  // on which it has died three times is given up, that the others may go.
  void blame(const Message& message, const Part& part, const Error& why) {
    const bool known = part.count == 1;
    one_by_one_ = true;
    if (!known) return;
    if (suspects_.size() >= kMostSuspects) suspects_.clear();
    if (++suspects_[message.idem_key] >= kMostCrashes)
      part.books.give_up(part.first, "the sink died on it three times: " + why.message);
  }

  static std::size_t fitting(std::span<const Message> messages) {
    std::size_t bytes = 0, count = 0;
    for (const Message& m : messages) {
      bytes += 512 + m.title.size() + m.body.size() + m.body_html.size() + m.data_json.size();
      if (count > 0 && bytes > kMostAtOnce) break;
      ++count;
    }
    return count;
  }

  Result<> send_part(std::span<const Message> messages, Part& part, milliseconds& after) {
    const FlatMessages flat(messages);
    const vestitel_msg_batch batch = flat.batch();
    const auto size = flat.fits() ? wire::encoded_size(batch) : std::nullopt;
    if (!size) return {Failure::kInternal, "a message is larger than the wire takes"};
    std::string payload(*size, '\0');
    wire::encode(batch, payload.data());
    const WorkServices::Serving serving(*services_, {nullptr, nullptr, &part});
    const auto answer = call(wire::Type::kDeliver, payload, {limits_.max_send + home_.send_grace, milliseconds{0}});
    const auto rc = rc_of_answer(answer);
    worked(rc);
    if (rc) return Done{};
    after = answer ? wait_of(answer->retry_after_ms) : milliseconds{0};
    return rc.error();
  }

  // A call that came to its end, well or not, ends a row of crashes.
  void worked(const Result<vestitel_rc>& rc) {
    if (rc || rc.error().failure != Failure::kCrashed) crashes_ = 0;
  }

  const ChildHome home_;
  const std::string path_;
  const HostContext context_;
  CallOrder order_;
  const PluginDescription description_;
  const std::string sha256_;
  std::string settings_;
  std::optional<WorkServices> services_;
  std::optional<PrintedLines> lines_;
  std::mutex work_;  // held during a work call
  mutable std::mutex process_mutex_;
  std::shared_ptr<RunnerProcess> process_;  // under process_mutex_
  std::atomic<bool> cancelled_{false};
  SinkLimits limits_;
  bool one_by_one_ = false;
  std::map<std::string, std::uint32_t> suspects_;  // by idem_key: how often the process died on it
  std::uint32_t crashes_ = 0;                      // in a row
  Micros again_{0};                                // when the next start is due
};

}  // namespace

Result<std::unique_ptr<PluginInstance>> create_in_child(const ChildHome& home, const std::string& path,
                                                        PluginDescription plugin, HostContext context,
                                                        std::string sha256) {
  if (context.clock == nullptr || home.launcher == nullptr)
    return {Failure::kInternal, "creating instance: no clock or no launcher"};
  auto instance = std::make_unique<ChildInstance>(home, path, std::move(plugin), std::move(context), std::move(sha256));
  if (auto created = instance->create(); !created) return created.error();
  return std::unique_ptr<PluginInstance>(std::move(instance));
}

}  // namespace vestitel
