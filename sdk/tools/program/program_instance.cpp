#include "sdk/tools/program/program_instance.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/plugin/abi_call.hpp"
#include "core/plugin/wire/batch.hpp"
#include "core/plugin/wire/payload.hpp"

namespace vestitel {
namespace {

constexpr std::uint32_t kInline = 0xFFFFFFFF;
constexpr std::size_t kMostRead = 256UL * 1024;
constexpr std::uint32_t kMaxPairs = 32;

Error nonsense(const char* what) {
  return {Failure::kInvalid, std::string("it sent ") + what + " that makes no sense"};
}

std::int64_t system_now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

wire::Outcome denied(const std::string& words) {
  wire::Outcome outcome;
  outcome.rc = VESTITEL_E_DENIED;
  outcome.message = words;
  return outcome;
}

// The service behind a request that this adapter does not pass on; "": there is none.
std::string_view service_of(wire::Type type) {
  switch (type) {
    case wire::Type::kKv: return "vestitel.kv/1";
    case wire::Type::kMetric: return "vestitel.metric/1";
    case wire::Type::kConnect: return "vestitel.connect/1";
    case wire::Type::kHttp: return "vestitel.http/1";
    case wire::Type::kSubjects: return "vestitel.subjects/1";
    default: return {};
  }
}

}  // namespace

// The functions behind the tables; each finds its instance in plugin->self.
struct ProgramInstance::Calls {
  static ProgramInstance& of(vestitel_plugin* plugin) { return *static_cast<ProgramInstance*>(plugin->self); }

  static vestitel_rc configure(vestitel_plugin* p, vestitel_str json, vestitel_error* error) {
    return of(p).call(wire::Type::kConfigure, {json.p, static_cast<std::size_t>(json.n)}, error);
  }
  static vestitel_rc check(vestitel_plugin* p, vestitel_error* error) {
    return of(p).process_->ready().check ? of(p).call(wire::Type::kCheck, {}, error) : VESTITEL_OK;
  }
  static vestitel_rc start(vestitel_plugin* p, vestitel_error* error) {
    return of(p).call(wire::Type::kStart, {}, error);
  }
  static vestitel_rc stop(vestitel_plugin* p, std::int64_t deadline_us) {
    // Its clock is the system's and an offset, as hello told; so is the deadline.
    return of(p).call(wire::Type::kStop, wire::PayloadWriter().number(deadline_us).view(), nullptr);
  }
  static void destroy(vestitel_plugin* p) { delete &of(p); }
  static const void* get_extension(vestitel_plugin* p, const char* id) {
    return of(p).extension(id == nullptr ? std::string_view() : std::string_view(id));
  }

  static std::int32_t sniff(vestitel_plugin* p, vestitel_str name, const std::uint8_t* head, std::uint64_t n) {
    wire::PayloadWriter out;
    out.text(view(name, name.n)).bytes({reinterpret_cast<const char*>(head), static_cast<std::size_t>(n)});
    return std::clamp(of(p).call(wire::Type::kSniff, out.view(), nullptr), 0, 100);
  }
  static vestitel_rc parse(vestitel_plugin* p, const vestitel_document* document, const vestitel_input* input,
                           vestitel_error* error) {
    return of(p).parse(*document, *input, error);
  }
  static vestitel_rc poll(vestitel_plugin* p, vestitel_str cursor, std::uint32_t most, vestitel_error* error) {
    return of(p).call(wire::Type::kPoll, wire::PayloadWriter().number(most).text(view(cursor, cursor.n)).view(), error);
  }
  static vestitel_rc deliver(vestitel_plugin* p, const vestitel_msg_batch* batch, vestitel_error* error) {
    return of(p).call_with(wire::Type::kDeliver, *batch, error);
  }
  static vestitel_rc ask(vestitel_plugin* p, const vestitel_doubt_batch* batch, vestitel_error* error) {
    return of(p).call_with(wire::Type::kAsk, *batch, error);
  }
};

ProgramInstance::ProgramInstance(const vestitel_host* host) : host_(host) {}

Result<std::unique_ptr<ProgramInstance>> ProgramInstance::create(const std::string& path, std::string_view plugin,
                                                                 const vestitel_host* host) {
  std::unique_ptr<ProgramInstance> self(new ProgramInstance(host));
  wire::Hello hello;
  hello.instance = view(host->instance_id, 4096);
  hello.plugin = plugin;
  hello.library = path;
  hello.clock_offset_us = host->now_us(host) - system_now_us();
  hello.services = self->granted();
  const auto serve = [raw = self.get()](const wire::Frame& frame, ProgramProcess& program) {
    return raw->serve(frame, program);
  };
  auto process = ProgramProcess::start(path, hello, {serve, [host] { return host->cancelled(host) != 0; }});
  if (!process) return process.error();
  self->process_ = std::move(*process);
  self->fill_tables();
  return self;
}

std::uint32_t ProgramInstance::granted() const {
  std::uint32_t services = 0;
  for (const auto& [id, bit] : {std::pair{"vestitel.emit/1", wire::kServiceEmit},
                                {"vestitel.delivery/1", wire::kServiceDelivery},
                                {"vestitel.log/1", wire::kServiceLog},
                                {"vestitel.secret/1", wire::kServiceSecret}})
    if (host_->get_service(host_, id) != nullptr) services |= bit;
  return services;
}

void ProgramInstance::fill_tables() {
  const wire::Ready& ready = process_->ready();
  abi_ = {sizeof abi_,  this,        Calls::configure, Calls::check,
          Calls::start, Calls::stop, Calls::destroy,   Calls::get_extension};
  parse_ = {sizeof parse_, Calls::sniff, Calls::parse};
  poll_ = {sizeof poll_, Calls::poll};
  deliver_ = {sizeof deliver_, ready.max_batch, ready.max_body, ready.max_send_us, Calls::deliver};
  ask_ = {sizeof ask_, ready.max_ask, Calls::ask};
}

const void* ProgramInstance::extension(std::string_view id) const {
  const wire::Ready& ready = process_->ready();
  if (id == "vestitel.parse/1" && ready.parse) return &parse_;
  if (id == "vestitel.poll/1" && ready.poll) return &poll_;
  if (id == "vestitel.deliver/1" && ready.deliver) return &deliver_;
  if (id == "vestitel.ask/1" && ready.max_ask > 0) return &ask_;
  return nullptr;
}

vestitel_rc ProgramInstance::call(wire::Type type, std::string_view payload, vestitel_error* error) {
  const auto answer = process_->call(type, payload);
  if (answer.rc < 0 && error != nullptr) {
    wire::Outcome outcome;
    outcome.rc = answer.rc;
    outcome.retry_after_ms = answer.retry_after_ms;
    outcome.item = answer.item;
    outcome.field_path = answer.field_path;
    outcome.message = answer.message;
    wire::fill(outcome, *error);
  }
  return answer.rc;
}

vestitel_rc ProgramInstance::parse(const vestitel_document& document, const vestitel_input& input,
                                   vestitel_error* error) {
  wire::DocumentHead head;
  head.flags = document.flags;
  head.as_of_us = document.as_of_us;
  head.total_bytes = document.total_bytes;
  head.name = view(document.name, document.name.n);
  head.media_type = view(document.media_type, document.media_type.n);
  head.partner = view(document.partner, document.partner.n);
  const auto lend = [this](const vestitel_input* bytes) {
    const std::lock_guard lock(mutex_);
    input_ = bytes;
  };
  lend(&input);
  const vestitel_rc rc = call(wire::Type::kParse, encode(head), error);
  lend(nullptr);
  return rc;
}

template <class Batch>
vestitel_rc ProgramInstance::call_with(wire::Type type, const Batch& batch, vestitel_error* error) {
  const auto size = wire::encoded_size(batch);
  if (!size) return fail(error, VESTITEL_E_INVALID, "the batch is larger than the wire takes");
  std::string payload(*size, '\0');
  wire::encode(batch, payload.data());
  return call(type, payload, error);
}

// ---- what the program asks for

Result<> ProgramInstance::serve(const wire::Frame& frame, ProgramProcess& program) {
  switch (frame.header.type) {
    case wire::Type::kEmit: return emit(frame, program);
    case wire::Type::kQuarantine:
    case wire::Type::kComplete:
    case wire::Type::kCommit: return emitting(frame, program);
    case wire::Type::kRead: return read(frame, program);
    case wire::Type::kBegin:
    case wire::Type::kSettle: return delivering(frame);
    case wire::Type::kLog: return log(frame);
    case wire::Type::kSecret: return secret(frame, program);
    default: return withheld(frame, program);
  }
}

// A batch is copied before it is looked at: the slot is the program's as well, and a frame lies anywhere.
Result<> ProgramInstance::emit(const wire::Frame& frame, ProgramProcess& program) {
  wire::PayloadReader in(frame.payload);
  const auto slot = in.number<std::uint32_t>();
  const auto size = in.number<std::uint32_t>();
  if (!in.ok() || (slot == kInline ? size != in.rest().size() : slot >= wire::kSlots || size > wire::kSlotBytes))
    return nonsense("a batch");
  const std::string bytes(slot == kInline ? in.rest() : std::string_view(program.region().slot(slot), size));
  const auto batch = wire::decode_events(bytes);
  if (!batch) return nonsense("a batch");
  const auto* table = service<vestitel_emit_v1>("vestitel.emit/1");
  if (table == nullptr) return program.reply(frame.header.call, denied("vestitel.emit/1 is not granted")), Done{};
  vestitel_error error = fresh_error();
  const vestitel_rc rc = table->emit(host_, &*batch, &error);
  program.reply(frame.header.call, wire::outcome_of(rc, error));
  return Done{};
}

Result<> ProgramInstance::emitting(const wire::Frame& frame, ProgramProcess& program) {
  const auto record = frame.header.type == wire::Type::kQuarantine ? wire::decode_quarantined(frame.payload)
                                                                   : std::optional<wire::QuarantinedRecord>();
  if (frame.header.type == wire::Type::kQuarantine && !record) return nonsense("a quarantined record");
  const auto* table = service<vestitel_emit_v1>("vestitel.emit/1");
  if (table == nullptr) return program.reply(frame.header.call, denied("vestitel.emit/1 is not granted")), Done{};
  vestitel_error error = fresh_error();
  vestitel_rc rc = VESTITEL_OK;
  if (record)
    rc = table->quarantine(host_, {record->byte, record->line, record->column}, to_str(record->element),
                           to_str(record->reason), to_str(record->bytes), &error);
  else if (frame.header.type == wire::Type::kComplete)
    rc = table->complete(host_, to_str(frame.payload), &error);
  else
    rc = table->commit(host_, to_str(frame.payload), &error);
  program.reply(frame.header.call, wire::outcome_of(rc, error));
  return Done{};
}

Result<> ProgramInstance::read(const wire::Frame& frame, ProgramProcess& program) {
  wire::PayloadReader in(frame.payload);
  std::string bytes(std::min<std::size_t>(in.number<std::uint32_t>(), kMostRead), '\0');
  if (!in.whole() || bytes.empty()) return nonsense("a request to read");
  wire::Outcome outcome;
  std::uint64_t got = 0;
  {
    const std::lock_guard lock(mutex_);
    outcome.rc = input_ == nullptr
                     ? VESTITEL_E_INVALID
                     : input_->read(input_->ctx, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size(), &got);
  }
  if (outcome.rc >= 0) outcome.data = std::string_view(bytes).substr(0, static_cast<std::size_t>(got));
  program.reply(frame.header.call, outcome);
  return Done{};
}

Result<> ProgramInstance::delivering(const wire::Frame& frame) {
  const auto* table = service<vestitel_delivery_v1>("vestitel.delivery/1");
  std::uint32_t message = 0;
  if (frame.header.type == wire::Type::kBegin) {
    wire::PayloadReader in(frame.payload);
    message = in.number<std::uint32_t>();
    if (!in.whole()) return nonsense("the begin of a message");
    if (table != nullptr) table->begin(host_, message);
    return Done{};
  }
  vestitel_verdict verdict;
  if (!wire::decode_settle(frame.payload, message, verdict)) return nonsense("a verdict");
  if (table != nullptr) table->settle(host_, message, &verdict);
  return Done{};
}

Result<> ProgramInstance::log(const wire::Frame& frame) {
  wire::PayloadReader in(frame.payload);
  const auto level = in.number<std::int32_t>();
  const auto message = in.text();
  const auto count = in.number<std::uint32_t>();
  std::vector<vestitel_kv> pairs;
  for (std::uint32_t i = 0; i < std::min(count, kMaxPairs); ++i) {
    const auto key = in.text(), value = in.text();
    pairs.push_back({to_str(key), to_str(value)});
  }
  if (!in.whole()) return nonsense("a log line");
  if (const auto* table = service<vestitel_log_v1>("vestitel.log/1"); table != nullptr)
    table->write(host_, level, to_str(message), pairs.data(), static_cast<std::uint32_t>(pairs.size()));
  return Done{};
}

Result<> ProgramInstance::secret(const wire::Frame& frame, ProgramProcess& program) {
  const auto* table = service<vestitel_secret_v1>("vestitel.secret/1");
  if (table == nullptr) return program.reply(frame.header.call, denied("vestitel.secret/1 is not granted")), Done{};
  std::string value;
  const auto keep = [](void* into, vestitel_str bytes) { *static_cast<std::string*>(into) = view(bytes, bytes.n); };
  vestitel_error error = fresh_error();
  const vestitel_rc rc = table->read(host_, to_str(frame.payload), keep, &value, &error);
  wire::Outcome outcome = wire::outcome_of(rc, error);
  outcome.data = value;
  program.reply(frame.header.call, outcome);
  return Done{};
}

// A service that is not passed on counts as asked for and not granted.
Result<> ProgramInstance::withheld(const wire::Frame& frame, ProgramProcess& program) {
  const std::string id(service_of(frame.header.type));
  if (id.empty()) return nonsense("a frame");
  static_cast<void>(host_->get_service(host_, id.c_str()));
  if (frame.header.call != 0) program.reply(frame.header.call, denied(id + " is not granted"));
  return Done{};
}

}  // namespace vestitel
