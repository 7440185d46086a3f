#include "core/plugin/child/work_services.hpp"

#include <string.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/safe_text.hpp"
#include "core/plugin/abi_call.hpp"
#include "core/plugin/child/printed_lines.hpp"
#include "core/plugin/wire/batch.hpp"
#include "core/plugin/wire/payload.hpp"

namespace vestitel {
namespace {

constexpr std::uint32_t kInline = 0xFFFFFFFF;
constexpr std::size_t kMaxScope = 1024, kMaxCursor = 64UL * 1024, kMaxName = 256;
constexpr std::uint32_t kMaxPairs = 32;
constexpr std::size_t kMostConnecting = 16;  // at a time

Error nonsense(std::string_view what) {
  return {Failure::kInvalid, "it sent " + std::string(what) + " that makes no sense"};
}

wire::Outcome outside() {
  wire::Outcome outcome;
  outcome.rc = VESTITEL_E_INVALID;
  outcome.message = "this service is not for the call that runs";
  return outcome;
}

// Runs one service and answers the request with what it came to.
template <class Serve>
Result<bool> answer(RunnerProcess& runner, const wire::Frame& frame, Serve&& serve_with) {
  vestitel_error error = fresh_error();
  const vestitel_rc rc = serve_with(&error);
  if (auto sent = runner.reply(frame.header.call, wire::outcome_of(rc, error)); !sent) return sent.error();
  return true;
}

}  // namespace

WorkServices::~WorkServices() { lent_.close(); }

void WorkServices::route(Call call) {
  const std::lock_guard lock(mutex_);
  call_ = call;
  ++number_;
}

Result<bool> WorkServices::serve(wire::Frame& frame, RunnerProcess& runner) {
  switch (frame.header.type) {
    case wire::Type::kConfig:
    case wire::Type::kKv:
    case wire::Type::kMetric:
    case wire::Type::kSubjects:
    case wire::Type::kReceipt: return lend(frame, runner);
    case wire::Type::kConnect: return connect(frame, runner);
    case wire::Type::kHttp: return http(frame, runner);
    default: break;
  }
  const std::lock_guard lock(mutex_);
  switch (frame.header.type) {
    case wire::Type::kEmit: return emit(frame, runner);
    case wire::Type::kQuarantine: return quarantine(frame, runner);
    case wire::Type::kBreach:
    case wire::Type::kComplete:
    case wire::Type::kCommit: return text_call(frame, runner);
    case wire::Type::kRead: return read(frame, runner);
    case wire::Type::kBegin:
    case wire::Type::kSettle: return deliver(frame);
    case wire::Type::kLog: return say(frame);
    case wire::Type::kSecret: return secret(frame, runner);
    default: return nonsense("a frame");
  }
}

Result<bool> WorkServices::emit(const wire::Frame& frame, RunnerProcess& runner) {
  wire::PayloadReader in(frame.payload);
  const auto slot = in.number<std::uint32_t>();
  const auto size = in.number<std::uint32_t>();
  if (!in.ok() || (slot == kInline ? size != in.rest().size() : slot >= wire::kSlots || size > wire::kSlotBytes))
    return nonsense("a batch");
  const std::string_view bytes = slot == kInline ? in.rest() : std::string_view(runner.region().slot(slot), size);
  const auto batch = wire::decode_events(bytes);
  if (!batch) return nonsense("a batch");
  if (call_.emit == nullptr) {
    if (auto sent = runner.reply(frame.header.call, outside()); !sent) return sent.error();
    return false;
  }
  return answer(runner, frame, [&](vestitel_error* e) { return call_.emit->emit(*batch, e); });
}

Result<bool> WorkServices::quarantine(const wire::Frame& frame, RunnerProcess& runner) {
  const auto record = wire::decode_quarantined(frame.payload);
  if (!record) return nonsense("a quarantined record");
  if (call_.emit == nullptr) return runner.reply(frame.header.call, outside()).ok();
  return answer(runner, frame, [&](vestitel_error* e) {
    return call_.emit->quarantine({record->line, record->column, record->byte}, record->element.substr(0, 4096),
                                  record->reason.substr(0, 4096), record->bytes, e);
  });
}

Result<bool> WorkServices::text_call(const wire::Frame& frame, RunnerProcess& runner) {
  const wire::Type type = frame.header.type;
  const bool commit = type == wire::Type::kCommit;
  if (frame.payload.size() > (commit ? kMaxCursor : kMaxScope)) return nonsense("a cursor or scope");
  if (call_.emit == nullptr) return runner.reply(frame.header.call, outside()).ok();
  return answer(runner, frame, [&](vestitel_error* e) {
    if (type == wire::Type::kBreach) return call_.emit->broken(safe_text(frame.payload), e);
    return commit ? call_.emit->commit(frame.payload, e) : call_.emit->complete(frame.payload, e);
  });
}

Result<bool> WorkServices::read(const wire::Frame& frame, RunnerProcess& runner) {
  wire::PayloadReader in(frame.payload);
  const std::size_t wanted = std::min<std::size_t>(in.number<std::uint32_t>(), wire::kDocumentSlotBytes);
  const bool by_slot = !in.whole();
  const auto slot = by_slot ? in.number<std::uint32_t>() : 0;
  if (!in.whole() || wanted == 0 || slot >= wire::kDocumentSlots) return nonsense("a request to read");
  if (call_.bytes == nullptr) return runner.reply(frame.header.call, outside()).ok();
  // Never at once into the memory that the plugin may write: who reads may look at the bytes again.
  bytes_.resize(wanted);
  const auto got = call_.bytes->read(bytes_);
  wire::PayloadWriter size;
  wire::Outcome outcome;
  if (!got) {
    outcome.rc = rc_of(got.error().failure);
  } else if (by_slot) {
    std::copy_n(bytes_.data(), *got, runner.region().document_slot(slot));
    outcome.data = size.number(static_cast<std::uint32_t>(*got)).view();
  } else {
    outcome.data = std::string_view(bytes_).substr(0, *got);
  }
  if (auto sent = runner.reply(frame.header.call, outcome); !sent) return sent.error();
  return got && *got > 0;
}

Result<bool> WorkServices::deliver(const wire::Frame& frame) {
  std::uint32_t message = 0;
  if (frame.header.type == wire::Type::kBegin) {
    wire::PayloadReader in(frame.payload);
    message = in.number<std::uint32_t>();
    if (!in.whole()) return nonsense("the begin of a message");
    if (call_.deliver == nullptr) return note_breach("a message was begun outside a deliver call"), false;
    return call_.deliver->begin(message), true;
  }
  vestitel_verdict verdict;
  if (!wire::decode_settle(frame.payload, message, verdict)) return nonsense("a verdict");
  if (call_.deliver == nullptr) return note_breach("a message was settled outside a deliver call"), false;
  return call_.deliver->settle(message, verdict), true;
}

Result<bool> WorkServices::say(const wire::Frame& frame) const {
  wire::PayloadReader in(frame.payload);
  const auto level = in.number<std::int32_t>();
  const auto message = in.text();
  const auto count = std::min(in.number<std::uint32_t>(), kMaxPairs);
  std::string about;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto key = in.text(), value = in.text();
    about += (i > 0 ? " " : "") + safe_text(key, 64) + '=' + without_personal(safe_text(value, 256));
  }
  if (!in.whole()) return nonsense("a log line");
  log::write(level_of(level), "plugin_said",
             {{"instance", context_.instance},
              {"plugin", plugin_},
              {"message", without_personal(safe_text(message, 1024))},
              {"about", about}});
  return false;
}

Result<bool> WorkServices::secret(const wire::Frame& frame, RunnerProcess& runner) const {
  auto value = frame.payload.size() <= kMaxName && context_.secret ? context_.secret(frame.payload) : std::nullopt;
  wire::Outcome outcome;
  outcome.rc = value ? VESTITEL_OK : context_.secret ? VESTITEL_NOT_FOUND : VESTITEL_E_DENIED;
  if (value) outcome.data = *value;
  const auto sent = runner.reply(frame.header.call, outcome);
  if (value) ::explicit_bzero(value->data(), value->size());
  if (!sent) return sent.error();
  return false;
}

// ---- services beyond those of the kind --------------------------------------------------------------------------

Result<bool> WorkServices::lend(const wire::Frame& frame, RunnerProcess& runner) {
  if (frame.header.call == 0) return lent_.told(frame.header.type, frame.payload), false;
  const Asked asked = lent_.answer(frame.header.type, frame.payload);
  if (auto sent = runner.reply(frame.header.call, outcome_of(asked)); !sent) return sent.error();
  return asked.rc >= 0;
}

// In a thread of its own: a peer that does not answer must not keep the hub from hearing the runner.
Result<bool> WorkServices::connect(const wire::Frame& frame, RunnerProcess& runner) {
  std::erase_if(connecting_, [](const Connecting& one) { return one.done->load(); });
  if (connecting_.size() >= kMostConnecting) {
    wire::Outcome busy;
    busy.rc = VESTITEL_E_RETRY;
    busy.message = "too many connections are being made";
    if (auto sent = runner.reply(frame.header.call, busy); !sent) return sent.error();
    return true;
  }
  auto done = std::make_shared<std::atomic<bool>>(false);
  auto work = [this, done, port = runner.port(), call = frame.header.call, payload = std::string(frame.payload)] {
    const ReplyPort::Working working(*port);
    const Asked asked = lent_.answer(wire::Type::kConnect, payload);
    const int stream = asked.descriptor.get();
    const auto descriptors = asked.descriptor ? std::span<const int>(&stream, 1) : std::span<const int>();
    static_cast<void>(port->send(wire::Type::kReply, call, encode(outcome_of(asked)), descriptors));
    *done = true;
  };
  connecting_.push_back({std::move(done), std::jthread(std::move(work))});
  return true;
}

class WorkServices::HttpFrames final : public HttpReceiver {
 public:
  HttpFrames(WorkServices& services, std::shared_ptr<ReplyPort> port, std::uint64_t request, std::uint64_t of_call)
      : services_(services), port_(std::move(port)), request_(request), of_call_(of_call), working_(*port_) {}

  bool starting(std::uint32_t message) override { return services_.begin(message, of_call_); }
  bool answered(std::uint32_t index, wire::HttpAnswer answer) override {
    return port_->send(wire::Type::kHttpAnswer, request_, wire::encode(index, answer));
  }
  void finished() override { static_cast<void>(port_->send(wire::Type::kReply, request_, encode(wire::Outcome{}))); }

 private:
  WorkServices& services_;
  const std::shared_ptr<ReplyPort> port_;
  const std::uint64_t request_, of_call_;
  const ReplyPort::Working working_;
};

Result<bool> WorkServices::http(const wire::Frame& frame, RunnerProcess& runner) {
  std::uint64_t of_call = 0;
  {
    const std::lock_guard lock(mutex_);
    of_call = number_;
  }
  const auto refusal =
      lent_.submit(frame.payload, std::make_shared<HttpFrames>(*this, runner.port(), frame.header.call, of_call));
  if (refusal)
    if (auto sent = runner.reply(frame.header.call, outcome_of(*refusal)); !sent) return sent.error();
  return !refusal;
}

// What is still waiting when its call is over (the plugin died, or returned without it) never leaves: its message has
// been put off, and would go out twice.
bool WorkServices::begin(std::uint32_t message, std::uint64_t of_call) {
  const std::lock_guard lock(mutex_);
  if (call_.deliver == nullptr || number_ != of_call) return false;
  call_.deliver->begin(message);
  return true;
}

void WorkServices::note_breach(std::string_view what) const {
  log::warning("plugin_broke_contract", {{"instance", context_.instance}, {"plugin", plugin_}, {"what", what}});
}

void WorkServices::printed(std::string_view stream, std::string_view line) const {
  log::info("plugin_printed",
            {{"instance", context_.instance}, {"plugin", plugin_}, {"stream", stream}, {"line", line}});
}

}  // namespace vestitel
