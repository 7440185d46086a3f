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
constexpr std::size_t kMostRead = 256UL * 1024, kMaxScope = 1024, kMaxCursor = 64UL * 1024, kMaxName = 256;
constexpr std::uint32_t kMaxPairs = 32;

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

std::uint32_t WorkServices::granted(const HostContext& context, const PluginDescription& plugin) {
  std::uint32_t services = wire::kServiceLog;
  if (plugin.reader || plugin.feed) services |= wire::kServiceEmit;
  if (plugin.sink) services |= wire::kServiceDelivery;
  if (context.secret) services |= wire::kServiceSecret;
  return services;
}

void WorkServices::route(Call call) {
  const std::lock_guard lock(mutex_);
  call_ = call;
}

Result<bool> WorkServices::serve(wire::Frame& frame, RunnerProcess& runner) {
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
  const std::size_t wanted = std::min<std::size_t>(in.number<std::uint32_t>(), kMostRead);
  if (!in.whole() || wanted == 0) return nonsense("a request to read");
  if (call_.bytes == nullptr) return runner.reply(frame.header.call, outside()).ok();
  bytes_.resize(wanted);
  const auto got = call_.bytes->read(bytes_);
  wire::Outcome outcome;
  if (got)
    outcome.data = std::string_view(bytes_).substr(0, *got);
  else
    outcome.rc = rc_of(got.error().failure);
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

void WorkServices::note_breach(std::string_view what) const {
  log::warning("plugin_broke_contract", {{"instance", context_.instance}, {"plugin", plugin_}, {"what", what}});
}

void WorkServices::printed(std::string_view stream, std::string_view line) const {
  log::info("plugin_printed",
            {{"instance", context_.instance}, {"plugin", plugin_}, {"stream", stream}, {"line", line}});
}

}  // namespace vestitel
