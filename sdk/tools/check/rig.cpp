#include "sdk/tools/check/rig.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <vestitel/testing/render.hpp>

namespace vestitel::check {
namespace {

constexpr std::int64_t kNoon = 1'795'608'000'000'000;  // 2026-11-25T12:00:00Z
constexpr std::size_t kMaxKept = 200'000, kMaxSaid = 10'000, kMaxCassette = 64UL * 1024 * 1024;

}  // namespace

std::string name_of_rc(vestitel_rc rc) {
  constexpr std::pair<vestitel_rc, const char*> kNames[] = {{VESTITEL_OK, "OK"},
                                                            {VESTITEL_MORE, "MORE"},
                                                            {VESTITEL_END, "END"},
                                                            {VESTITEL_NOT_FOUND, "NOT_FOUND"},
                                                            {VESTITEL_E_INVALID, "E_INVALID"},
                                                            {VESTITEL_E_CONFIG, "E_CONFIG"},
                                                            {VESTITEL_E_AUTH, "E_AUTH"},
                                                            {VESTITEL_E_DENIED, "E_DENIED"},
                                                            {VESTITEL_E_DATA, "E_DATA"},
                                                            {VESTITEL_E_RETRY, "E_RETRY"},
                                                            {VESTITEL_E_RATE, "E_RATE"},
                                                            {VESTITEL_E_CANCELLED, "E_CANCELLED"},
                                                            {VESTITEL_E_NOMEM, "E_NOMEM"},
                                                            {VESTITEL_E_UNSUPPORTED, "E_UNSUPPORTED"},
                                                            {VESTITEL_E_THREAD, "E_THREAD"},
                                                            {VESTITEL_E_INTERNAL, "E_INTERNAL"}};
  for (const auto& [code, name] : kNames)
    if (code == rc) return name;
  return "code " + std::to_string(rc);
}

std::string Called::text() const {
  std::string out = threw ? "an exception over the border" : name_of_rc(rc);
  if (!field_path.empty()) out += " " + field_path;
  return message.empty() ? out : out + ": " + message;
}

ReadBytes in_chunks(std::string_view bytes, std::function<std::size_t()> chunk) {
  return [bytes, chunk = std::move(chunk)](std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) mutable {
    const std::size_t most = chunk ? std::max<std::size_t>(1, chunk()) : bytes.size();
    const std::size_t n = std::min({static_cast<std::size_t>(cap), most, bytes.size()});
    std::memcpy(into, bytes.data(), n);
    bytes.remove_prefix(n);
    *got = n;
    return vestitel_rc{VESTITEL_OK};
  };
}

std::string Yield::whole() const {
  std::string out = name_of_rc(call.rc) + "\n";
  for (const auto* lines : {&events, &quarantined, &completed})
    for (const auto& line : *lines) out += line + "\n";
  return out;
}

std::string Answer::text() const { return settled == 0 ? "not settled" : testing::render_verdict(verdict); }

// The functions behind the tables; each finds its rig in host->ctx.
struct Rig::Services {
  static Rig& of(const vestitel_host* host) {
    return static_cast<Rig&>(*static_cast<testing::FakeServices*>(host->ctx));
  }

  // The code that a check wants answered, or OK. Errors are filled as a host fills them.
  static vestitel_rc answer(Rig& rig, const char* name, vestitel_error* error) {
    ++rig.calls;
    const auto found = rig.refused.find(name);
    if (found == rig.refused.end()) return VESTITEL_OK;
    if (error != nullptr && found->second < 0) {
      error->rc = found->second;
      error->message_len = static_cast<std::uint32_t>(std::string_view("refused by the kit").copy(error->message, 64));
    }
    return found->second;
  }

  static const void* get_service(const vestitel_host* host, const char* id) {
    Rig& rig = of(host);
    const std::string_view wanted = id == nullptr ? "" : id;
    const std::lock_guard lock(rig.mutex_);
    rig.asked.insert(std::string(wanted));
    if (rig.withheld.count(std::string(wanted)) != 0) return nullptr;
    const unsigned kind = rig.trial_.subject.described.kind;
    if (wanted == "vestitel.emit/1" && (kind & kSource) != 0) return rig.emit_.get();
    if (wanted == "vestitel.delivery/1" && (kind & kSink) != 0) return rig.delivery_.get();
    if (wanted == "vestitel.log/1") return rig.log_.get();
    if (wanted == "vestitel.secret/1") return rig.secret_.get();
    return rig.serves(wanted) ? rig.extra_service(wanted) : nullptr;
  }
  static std::int32_t cancelled(const vestitel_host* host) { return of(host).cancel ? 1 : 0; }
  static std::int64_t now_us(const vestitel_host* host) { return of(host).clock(); }

  static vestitel_rc emit(const vestitel_host* host, const vestitel_batch* batch, vestitel_error* error) {
    Rig& rig = of(host);
    if (const auto rc = answer(rig, "emit", error); rc < 0) return rc;
    return rig.take(batch);
  }
  static vestitel_rc quarantine(const vestitel_host* host, vestitel_place place, vestitel_str element,
                                vestitel_str reason, vestitel_str, vestitel_error* error) {
    Rig& rig = of(host);
    if (const auto rc = answer(rig, "quarantine", error); rc < 0) return rc;
    if (rig.yield_ == nullptr) return VESTITEL_E_INVALID;
    if (!is_text({element.p, element.n}) || !is_text({reason.p, reason.n}))
      rig.breach("a quarantine text is not UTF-8");
    rig.say(text(element) + ": " + text(reason));
    if (!rig.keep || rig.yield_->quarantined.size() >= kMaxKept) return VESTITEL_OK;
    rig.yield_->quarantined.push_back(std::to_string(place.line) + ":" + std::to_string(place.column) + " " +
                                      text(element) + ": " + text(reason));
    rig.yield_->places.push_back(place);
    return VESTITEL_OK;
  }
  static vestitel_rc complete(const vestitel_host* host, vestitel_str scope, vestitel_error* error) {
    Rig& rig = of(host);
    if (const auto rc = answer(rig, "complete", error); rc < 0) return rc;
    if (rig.yield_ == nullptr) return VESTITEL_E_INVALID;
    rig.yield_->completed.push_back(text(scope));
    return VESTITEL_OK;
  }
  static vestitel_rc commit(const vestitel_host* host, vestitel_str cursor, vestitel_error* error) {
    Rig& rig = of(host);
    if (rig.on_commit) rig.on_commit();
    if (const auto rc = answer(rig, "commit", error); rc < 0) return rc;
    if (rig.yield_ == nullptr) return VESTITEL_E_INVALID;
    if ((rig.trial_.subject.described.kind & kFeed) == 0) rig.breach("a reader committed");
    rig.unit_.cursor = text(cursor);
    rig.yield_->units.push_back(std::exchange(rig.unit_, {}));
    rig.commit_unit();
    if (rig.after_commit) rig.after_commit();
    return VESTITEL_OK;
  }

  static void begin(const vestitel_host* host, std::uint32_t i) { of(host).begin_message(i); }
  static void settle(const vestitel_host* host, std::uint32_t i, const vestitel_verdict* verdict) {
    Rig& rig = of(host);
    const std::lock_guard lock(rig.mutex_);
    rig.settle(i, verdict);
  }

  static std::int32_t log_enabled(const vestitel_host*, std::int32_t) { return 1; }
  static void log_write(const vestitel_host* host, std::int32_t, vestitel_str message, const vestitel_kv* pairs,
                        std::uint32_t n) {
    std::string line = text(message);
    for (std::uint32_t i = 0; i < std::min(n, 64U); ++i) line += " " + text(pairs[i].key) + "=" + text(pairs[i].value);
    const std::lock_guard lock(of(host).mutex_);
    of(host).say(line);
  }
  static vestitel_rc read_secret(const vestitel_host* host, vestitel_str name, void (*use)(void*, vestitel_str),
                                 void* arg, vestitel_error* error) {
    Rig& rig = of(host);
    if (const auto rc = answer(rig, "secret", error); rc < 0) return rc;
    const auto found = rig.secrets.find(text(name));
    if (found == rig.secrets.end()) return VESTITEL_NOT_FOUND;
    std::string copy = found->second;  // dies with the call, as the host's does
    use(arg, str(copy));
    std::fill(copy.begin(), copy.end(), '\0');
    return VESTITEL_OK;
  }
};

Rig::Rig(Trial& trial, const vestitel_entry& entry, Shape shape)
    : clock([] { return kNoon; }),
      trial_(trial),
      entry_(entry),
      shape_(shape),
      own_attributes_(declared_attributes(trial.subject.described.capabilities_json)),
      asks_(kit_asks(trial.subject.described.capabilities_json)),
      host_(shape),
      emit_(shape),
      delivery_(shape),
      log_(shape),
      secret_(shape) {
  kv_quota = asks_.kv_bytes;
  http = [this](const testing::FakeRequest& request) { return answer_to(request); };
  connect = [this](const std::string& host, std::uint32_t port) { return outside().connect(host, port); };
  if (auto recorded = read_file(trial.subject.samples_folder + "/recorded.http", kMaxCassette))
    cassette_ = std::move(*recorded);
  fill_host();
  fill_tables();
}

Rig::~Rig() { destroy(); }

bool Rig::serves(std::string_view id) const {
  const auto asked_for = [&] {
    return std::find(asks_.services.begin(), asks_.services.end(), id) != asks_.services.end();
  };
  const unsigned kind = trial_.subject.described.kind;
  if (id == "vestitel.config/1" || id == "vestitel.clock/1" || id == "vestitel.metric/1") return true;
  if (id == "vestitel.kv/1") return asks_.kv_bytes > 0 && (kind & (kFeed | kSink)) != 0;
  if (id == "vestitel.receipt/1") return (kind & kSink) != 0;
  if (id == "vestitel.subjects/1") return (kind & kFeed) != 0 && asked_for();
  return (id == "vestitel.http/1" || id == "vestitel.connect/1") && asked_for();
}

void Rig::fill_host() {
  host_->abi_major = VESTITEL_ABI_MAJOR;
  host_->abi_minor = shape_ == Shape::future ? 99 : shape_ == Shape::small ? 0 : VESTITEL_ABI_MINOR;
  host_->ctx = static_cast<testing::FakeServices*>(this);
  host_->name = str("vestitel-check");
  host_->version = str("1.0.0");
  host_->instance_id = str("under-check");
  host_->get_service = Services::get_service;
  host_->cancelled = Services::cancelled;
  host_->now_us = Services::now_us;
}

void Rig::fill_tables() {
  emit_->emit = Services::emit;
  emit_->quarantine = Services::quarantine;
  emit_->complete = Services::complete;
  emit_->commit = Services::commit;
  delivery_->begin = Services::begin;
  delivery_->settle = Services::settle;
  log_->enabled = Services::log_enabled;
  log_->write = Services::log_write;
  secret_->read = Services::read_secret;
}

void Rig::begin_message(std::uint32_t i) {
  const std::lock_guard lock(mutex_);
  if (delivered_ == nullptr) return;
  if (i >= delivered_->answers.size()) return breach("began message " + std::to_string(i) + ", which is not there");
  Answer& answer = delivered_->answers[i];
  if (answer.settled > 0) breach("began message " + std::to_string(i) + " after settling it");
  answer.begun = true;
}

void Rig::say(std::string_view what) {
  if (said.size() < kMaxSaid && !what.empty()) said.emplace_back(what);
}

void Rig::breach(const std::string& what) {
  if (yield_ != nullptr && yield_->problem.empty()) yield_->problem = what;
  if (delivered_ != nullptr && delivered_->problem.empty()) delivered_->problem = what;
}

// What the plugin throws must not end the check: it is what the check reports.
Called Rig::call(const std::function<vestitel_rc(vestitel_error*)>& body) {
  Placed<vestitel_error> error(shape_);
  error->item = UINT64_MAX;
  Called called;
  try {  // border
    called.rc = body(error.get());
  } catch (...) {
    called.rc = VESTITEL_E_INTERNAL;
    called.threw = true;
    ++exceptions;
  }
  if (called.rc >= 0) return called;
  called.message.assign(error->message, std::min<std::size_t>(error->message_len, sizeof error->message));
  called.field_path.assign(error->field_path, std::min<std::size_t>(error->field_path_len, sizeof error->field_path));
  say(called.message);
  return called;
}

Called Rig::create(std::string_view id) {
  return call([&](vestitel_error* error) { return entry_.create(host_.get(), str(id), &plugin_, error); });
}
Called Rig::configure(std::string_view json) {
  settings = json;
  http_side_.reset();
  return call([&](vestitel_error* error) { return plugin_->configure(plugin_, str(json), error); });
}
Called Rig::check() {
  return call([&](vestitel_error* error) {
    return plugin_->check == nullptr ? vestitel_rc{VESTITEL_OK} : plugin_->check(plugin_, error);
  });
}
Called Rig::start() {
  return call([&](vestitel_error* error) { return plugin_->start(plugin_, error); });
}
Called Rig::stop(std::int64_t deadline_us) {
  return call([&](vestitel_error*) { return plugin_->stop(plugin_, deadline_us); });
}
void Rig::destroy() {
  vestitel_plugin* gone = std::exchange(plugin_, nullptr);
  if (gone != nullptr) call([&](vestitel_error*) { return gone->destroy(gone), vestitel_rc{VESTITEL_OK}; });
}

const void* Rig::extension(const char* id) const {
  return plugin_ == nullptr ? nullptr : plugin_->get_extension(plugin_, id);
}

Yield Rig::parse(const Sample& document, const ReadBytes& read) {
  struct Bridge {
    Rig* rig;
    const ReadBytes* read;
    static vestitel_rc get(void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
      auto& self = *static_cast<Bridge*>(ctx);
      *got = 0;
      if (const auto rc = Services::answer(*self.rig, "read", nullptr); rc < 0) return rc;
      return (*self.read)(into, cap, got);
    }
  } bridge{this, &read};
  Yield yield;
  const auto* table = static_cast<const vestitel_parse_v1*>(extension("vestitel.parse/1"));
  if (table == nullptr) return yield.call.rc = VESTITEL_E_UNSUPPORTED, yield;
  Placed<vestitel_document> info(shape_);
  info->flags = (document.complete ? VESTITEL_DOC_COMPLETE : 0) | (shape_ == Shape::future ? 0x8000U : 0U);
  info->as_of_us = document.as_of_us != 0 ? document.as_of_us : kNoon;
  info->total_bytes = document.bytes.size();
  info->name = str(document.name.empty() ? "document" : std::string_view(document.name));
  info->media_type = str(document.media_type);
  info->partner = str(document.partner);
  Placed<vestitel_input> input(shape_);
  input->ctx = &bridge;
  input->read = Bridge::get;
  yield_ = &yield;
  yield.call = call([&](vestitel_error* error) { return table->parse(plugin_, info.get(), input.get(), error); });
  yield_ = nullptr;
  return yield;
}

Yield Rig::poll(std::string_view cursor, std::uint32_t max_events) {
  Yield yield;
  const auto* table = static_cast<const vestitel_poll_v1*>(extension("vestitel.poll/1"));
  if (table == nullptr) return yield.call.rc = VESTITEL_E_UNSUPPORTED, yield;
  yield_ = &yield;
  unit_ = {};
  open_unit();
  yield.call = call([&](vestitel_error* error) { return table->poll(plugin_, str(cursor), max_events, error); });
  close_unit();
  yield_ = nullptr;
  return yield;
}

vestitel_rc Rig::take(const vestitel_batch* batch) {
  if (yield_ == nullptr) return VESTITEL_E_INVALID;
  if (batch == nullptr) return breach("a batch is null"), VESTITEL_E_INVALID;
  if (const std::string problem = batch_problem(*batch); !problem.empty()) return breach(problem), VESTITEL_E_INVALID;
  yield_->count += batch->count;
  if (!keep) return VESTITEL_OK;
  for (std::uint32_t i = 0; i < batch->count && yield_->events.size() < kMaxKept; ++i) {
    const auto* event = reinterpret_cast<const vestitel_event*>(reinterpret_cast<const char*>(batch->events) +
                                                                std::size_t{i} * batch->stride);
    if (const std::string problem = event_problem(*batch, i, own_attributes_); !problem.empty()) breach(problem);
    testing::Spans span(*batch);
    // The hub adds the person to the keys of registries' facts; so does whoever looks for two of one key.
    const std::string type = span(event->type);
    const bool of_person = type.rfind("gp.", 0) == 0 || type.rfind("insurance.", 0) == 0 || type == "contact.changed" ||
                           type == "guardianship.changed";
    yield_->keys.push_back(span(event->scope) + "|" + span(event->record_key) +
                           (of_person ? "|" + span(event->subject) : ""));
    yield_->event_lines.push_back(event->line);
    yield_->events.push_back(testing::render_event(*batch, i));
    unit_.events.push_back(yield_->events.back());
  }
  return VESTITEL_OK;
}

}  // namespace vestitel::check
