// A reader, a feed and a sink over the bare C ABI that behave, or misbehave, as their settings say: {"mode": "..."}.
#include <vestitel/abi.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr vestitel_str text(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(vestitel_str s) { return {s.p, static_cast<std::size_t>(s.n)}; }

vestitel_rc fail(vestitel_error* error, vestitel_rc rc, std::string_view message, std::string_view path = {}) {
  error->rc = rc;
  error->message_len = static_cast<std::uint32_t>(message.copy(error->message, sizeof error->message));
  error->field_path_len = static_cast<std::uint32_t>(path.copy(error->field_path, sizeof error->field_path));
  return rc;
}

struct Steered {
  vestitel_plugin abi{};
  const vestitel_host* host = nullptr;
  std::string mode;
  const vestitel_emit_v1* emit() const {
    return static_cast<const vestitel_emit_v1*>(host->get_service(host, "vestitel.emit/1"));
  }
  bool is(const char* wanted) const { return mode == wanted; }
};
Steered& self(vestitel_plugin* p) { return *static_cast<Steered*>(p->self); }

// One event in a batch of its own, and what may be wrong with it.
struct OneEvent {
  std::string heap = "activity.laboratoryscoperecord1823450000code.icd10I10";
  vestitel_event event{};
  vestitel_attr attr{{39, 10}, {49, 3}};
  vestitel_batch batch{};

  OneEvent() {
    event.size = sizeof event;
    event.revision = VESTITEL_NEW;
    event.subject_kind = VESTITEL_EGN;
    event.occurred_at_us = 1'000'000;
    event.reported_at_us = VESTITEL_TIME_UNKNOWN;
    event.flags = VESTITEL_OCCURRED_DATE_ONLY;
    event.type = {0, 19};
    event.scope = {19, 5};
    event.record_key = {24, 6};
    event.subject = {30, 9};
    event.attr_count = 1;
    event.line = 7;
    event.column = 3;
  }
  const vestitel_batch* get() {
    batch = {sizeof batch, sizeof event, 1, 1, 1, &event, &attr, heap.data(), heap.size()};
    return &batch;
  }
};

// The flaws of a batch, by mode. Returns false where the mode is none of them.
bool flaw(const std::string& mode, OneEvent& one, vestitel_batch& batch) {
  if (mode == "span outside")
    one.event.subject = {static_cast<std::uint32_t>(one.heap.size()), 1};
  else if (mode == "span wraps")
    one.event.subject = {0xFFFFFFFFU, 2};
  else if (mode == "attribute span outside")
    one.attr.value = {0, 0xFFFFFFFFU};
  else if (mode == "attributes outside")
    one.event.attr_first = 0xFFFFFFFFU;
  else if (mode == "event size")
    one.event.size = 8;
  else if (mode == "stride small")
    batch.stride = 8;
  else if (mode == "stride odd")
    batch.stride = sizeof(vestitel_event) + 4;
  else if (mode == "too many")
    batch.count = 0xFFFFFFFFU;
  else if (mode == "heap null")
    batch.heap = nullptr;
  else if (mode == "heap huge")
    batch.heap_len = std::uint64_t{1} << 40;
  else if (mode == "batch size")
    batch.size = 8;
  else
    return false;
  return true;
}

vestitel_rc emit_flawed(Steered& s, vestitel_error* error) {
  OneEvent one;
  vestitel_batch batch = *one.get();
  flaw(s.mode, one, batch);
  s.emit()->emit(s.host, &batch, error);
  return VESTITEL_OK;  // and it does not care what the host said
}

vestitel_rc emit_with_stride(Steered& s, vestitel_error* error) {
  struct Future {
    vestitel_event event;
    char tail[16];
  };
  OneEvent one;
  std::vector<Future> events(3);
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::memset(&events[i], 0xAB, sizeof events[i]);
    events[i].event = one.event;
    events[i].event.size = sizeof(Future);
    events[i].event.line = static_cast<std::uint32_t>(i + 1);
  }
  vestitel_batch batch = *one.get();
  batch.events = &events[0].event;
  batch.stride = sizeof(Future);
  batch.count = 3;
  return s.emit()->emit(s.host, &batch, error);
}

vestitel_rc emit_changed(Steered& s, vestitel_error* error, std::uint16_t kind, std::uint16_t revision,
                         std::uint32_t flags) {
  OneEvent one;
  one.event.subject_kind = kind;
  one.event.revision = revision;
  one.event.flags |= flags;
  if (auto rc = s.emit()->emit(s.host, one.get(), error); rc < 0) return rc;
  OneEvent good;
  return s.emit()->emit(s.host, good.get(), error);
}

vestitel_rc read_all(const vestitel_input* in, std::string& into) {
  std::uint8_t chunk[7];
  for (std::uint64_t got = 1; got > 0;) {
    if (const auto rc = in->read(in->ctx, chunk, sizeof chunk, &got); rc < 0) return rc;
    into.append(reinterpret_cast<const char*>(chunk), static_cast<std::size_t>(got));
  }
  return VESTITEL_OK;
}

// Each line of the document is an event; one that begins with '!' is quarantined.
vestitel_rc parse_lines(Steered& s, const vestitel_input* in, vestitel_error* error) {
  std::string all;
  if (const auto rc = read_all(in, all); rc < 0) return rc;
  std::uint32_t line = 0;
  for (std::size_t at = 0; at < all.size(); ++line) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string_view row = std::string_view(all).substr(at, end - at);
    at = end + 1;
    if (row.substr(0, 1) == "!") {
      const auto rc =
          s.emit()->quarantine(s.host, {at, line + 1, 1}, text("row"), text("not an event"), text(row), error);
      if (rc < 0) return rc;
      continue;
    }
    OneEvent one;
    one.event.record_key = {static_cast<std::uint32_t>(one.heap.size()), static_cast<std::uint32_t>(row.size())};
    one.heap += row;
    one.event.line = line + 1;
    if (const auto rc = s.emit()->emit(s.host, one.get(), error); rc < 0) return rc;
  }
  return VESTITEL_OK;
}

vestitel_rc parse(vestitel_plugin* p, const vestitel_document*, const vestitel_input* in, vestitel_error* error) {
  Steered& s = self(p);
  if (s.is("throw")) throw std::runtime_error("value 1823450000");
  if (s.is("throw int")) throw 5;
  if (s.is("data error")) return fail(error, VESTITEL_E_DATA, "line 12, column 4: element Pid ends too early");
  if (s.is("data error with a value"))
    return fail(error, VESTITEL_E_DATA, "EGN 1823450000 of ivan@example.bg is wrong");
  if (s.is("silent data error")) return VESTITEL_E_DATA;
  if (s.is("long lengths")) {
    error->message_len = 0xFFFFFFFFU;
    error->field_path_len = 0xFFFFFFFFU;
    return VESTITEL_E_DATA;
  }
  if (s.is("unknown code")) return -77;
  if (s.is("answers more")) return VESTITEL_MORE;
  if (s.is("commits")) {
    s.emit()->commit(s.host, text("c"), error);
    return VESTITEL_OK;
  }
  if (s.is("null batch")) {
    s.emit()->emit(s.host, nullptr, error);
    return VESTITEL_OK;
  }
  if (s.is("stride")) return emit_with_stride(s, error);
  if (s.is("unknown subject")) return emit_changed(s, error, 6, VESTITEL_NEW, 0);
  if (s.is("unknown revision")) return emit_changed(s, error, VESTITEL_EGN, 9, 0);
  if (s.is("must understand")) return emit_changed(s, error, VESTITEL_EGN, VESTITEL_NEW, 0x80000000U);
  if (s.is("may ignore")) return emit_changed(s, error, VESTITEL_EGN, VESTITEL_NEW, 0x00008000U);
  OneEvent probe;
  vestitel_batch ignored = *probe.get();
  if (flaw(s.mode, probe, ignored)) return emit_flawed(s, error);
  if (s.is("ignores failures")) {
    parse_lines(s, in, error);
    return VESTITEL_OK;
  }
  return parse_lines(s, in, error);
}
std::int32_t sniff(vestitel_plugin*, vestitel_str, const std::uint8_t*, std::uint64_t n) { return n > 4 ? 900 : 50; }

// Whatever the host said of its batch, it commits.
vestitel_rc commit_all_the_same(Steered& s, const vestitel_batch& batch, vestitel_error* error) {
  s.emit()->emit(s.host, &batch, error);
  s.emit()->commit(s.host, text("x"), error);
  return VESTITEL_END;
}

vestitel_rc poll(vestitel_plugin* p, vestitel_str cursor, std::uint32_t, vestitel_error* error) {
  Steered& s = self(p);
  if (s.is("asks to wait")) {
    error->retry_after_ms = 42'000;
    return fail(error, VESTITEL_E_RATE, "too often");
  }
  OneEvent one;
  vestitel_batch flawed = *one.get();
  if (s.is("ignores failures") || flaw(s.mode, one, flawed)) return commit_all_the_same(s, flawed, error);
  if (const auto rc = s.emit()->emit(s.host, one.get(), error); rc < 0) return rc;
  if (s.is("forgets to commit")) return VESTITEL_END;
  const std::string next = std::string(view(cursor)) + "x";
  if (const auto rc = s.emit()->commit(s.host, text(next), error); rc < 0) return rc;
  return next.size() < 3 ? VESTITEL_MORE : VESTITEL_END;
}

vestitel_verdict verdict(std::int32_t kind, std::string_view reason = {}) {
  vestitel_verdict v{};
  v.size = sizeof v;
  v.kind = kind;
  v.reason_len = static_cast<std::uint32_t>(reason.copy(v.reason, sizeof v.reason));
  return v;
}

// The title of a message says what is done with it.
void deliver_one(const Steered& s, const vestitel_delivery_v1& d, std::uint32_t i, std::string_view title,
                 std::string_view to) {
  auto settle = [&](const vestitel_verdict& v) { d.settle(s.host, i, &v); };
  if (title == "nothing") return;
  if (title == "rejects at once") return settle(verdict(VESTITEL_PERMANENT, "too long"));
  if (title == "no begin") return settle(verdict(VESTITEL_ACCEPTED));
  d.begin(s.host, i);
  if (title == "begin only") return;
  if (title == "twice") {
    settle(verdict(VESTITEL_PERMANENT, "first"));
    settle(verdict(VESTITEL_DELIVERED, "second"));
  }
  if (title == "unknown kind") settle(verdict(42));
  if (title == "out of range") {
    auto v = verdict(VESTITEL_DELIVERED);
    d.settle(s.host, 1000, &v);
    settle(v);
  }
  if (title == "leaks the address") settle(verdict(VESTITEL_CONTACT_DEAD, "no such user " + std::string(to)));
  if (title == "accepted") {
    auto v = verdict(VESTITEL_ACCEPTED);
    v.provider_id_len = static_cast<std::uint32_t>(std::string_view("id-1").copy(v.provider_id, 4));
    settle(v);
  }
  if (title == "retry") {
    auto v = verdict(VESTITEL_RETRY, "busy");
    v.scope = VESTITEL_SCOPE_LINK;
    v.after_ms = 1500;
    settle(v);
  }
  if (title == "long lengths") {
    auto v = verdict(VESTITEL_ACCEPTED);
    v.provider_id_len = v.reason_len = 0xFFFFFFFFU;
    settle(v);
  }
}

vestitel_rc deliver(vestitel_plugin* p, const vestitel_msg_batch* batch, vestitel_error* error) {
  Steered& s = self(p);
  const auto* d = static_cast<const vestitel_delivery_v1*>(s.host->get_service(s.host, "vestitel.delivery/1"));
  const auto* at = reinterpret_cast<const char*>(batch->msgs);
  for (std::uint32_t i = 0; i < batch->count; ++i, at += batch->stride) {
    const auto* m = reinterpret_cast<const vestitel_msg*>(at);
    const auto of = [&](vestitel_span span) { return std::string_view(batch->heap + span.off, span.len); };
    deliver_one(s, *d, i, of(m->title), of(m->to));
    if (s.is("throws after the first")) throw std::runtime_error("cut");
    if (s.is("fails after the first")) {
      error->retry_after_ms = 7000;
      return fail(error, VESTITEL_E_RATE, "slow down");
    }
  }
  return VESTITEL_OK;
}

const vestitel_parse_v1 kParse{sizeof kParse, sniff, parse};
const vestitel_poll_v1 kPoll{sizeof kPoll, poll};
const vestitel_deliver_v1 kDeliver{sizeof kDeliver, 8, 0, 5'000'000, deliver};

vestitel_rc configure(vestitel_plugin* p, vestitel_str json, vestitel_error* error) {
  const std::string_view settings = view(json);
  if (settings.find("\"bad\"") != std::string_view::npos)
    return fail(error, VESTITEL_E_CONFIG, "must be one of the modes", "/mode");
  const std::string_view key = "{\"mode\":\"";
  self(p).mode = settings.substr(0, key.size()) == key
                     ? std::string(settings.substr(key.size(), settings.size() - key.size() - 2))
                     : "";
  return VESTITEL_OK;
}
vestitel_rc check(vestitel_plugin* p, vestitel_error* error) {
  Steered& s = self(p);
  const auto* secrets = static_cast<const vestitel_secret_v1*>(s.host->get_service(s.host, "vestitel.secret/1"));
  if (secrets == nullptr) return fail(error, VESTITEL_E_DENIED, "no secrets");
  bool right = false;
  const auto use = [](void* arg, vestitel_str bytes) { *static_cast<bool*>(arg) = view(bytes) == "open sesame"; };
  if (secrets->read(s.host, text("password"), use, &right, error) != VESTITEL_OK)
    return fail(error, VESTITEL_E_AUTH, "no password");
  return right ? VESTITEL_OK : fail(error, VESTITEL_E_AUTH, "wrong password");
}
vestitel_rc start(vestitel_plugin*, vestitel_error*) { return VESTITEL_OK; }
vestitel_rc stop(vestitel_plugin*, std::int64_t) { return VESTITEL_OK; }
void destroy(vestitel_plugin* p) { delete &self(p); }
const void* extension(vestitel_plugin*, const char* id) {
  const std::string_view wanted = id;
  if (wanted == "vestitel.parse/1") return &kParse;
  if (wanted == "vestitel.poll/1") return &kPoll;
  return wanted == "vestitel.deliver/1" ? &kDeliver : nullptr;
}

constexpr vestitel_descriptor describe_as(std::uint32_t kind, std::string_view id) {
  return {sizeof(vestitel_descriptor),
          kind,
          kind == VESTITEL_KIND_SINK ? VESTITEL_FLAG_IDEMPOTENT : 0,
          0,
          text(id),
          text("Steered"),
          text("Test"),
          text("1.2.3"),
          text("MIT"),
          text(""),
          text("{}"),
          text("{}")};
}
const vestitel_descriptor kPlugins[] = {describe_as(VESTITEL_KIND_READER, "org.test.reader"),
                                        describe_as(VESTITEL_KIND_FEED, "org.test.feed"),
                                        describe_as(VESTITEL_KIND_SINK, "org.test.sink")};

vestitel_rc init(vestitel_str) { return VESTITEL_OK; }
void deinit() {}
std::uint32_t count() { return 3; }
const vestitel_descriptor* describe(std::uint32_t i) { return i < 3 ? &kPlugins[i] : nullptr; }
vestitel_rc create(const vestitel_host* host, vestitel_str id, vestitel_plugin** out, vestitel_error*) {
  for (const auto& plugin : kPlugins) {
    if (view(plugin.id) != view(id)) continue;
    auto* s = new Steered;
    s->host = host;
    s->abi = {sizeof s->abi, s, configure, check, start, stop, destroy, extension};
    *out = &s->abi;
    return VESTITEL_OK;
  }
  return VESTITEL_NOT_FOUND;
}

}  // namespace

const vestitel_entry vestitel_plugin_entry_v1 = {VESTITEL_MAGIC,
                                                 sizeof(vestitel_entry),
                                                 VESTITEL_ABI_MAJOR,
                                                 VESTITEL_ABI_MINOR,
                                                 0,
                                                 text("test"),
                                                 text("test"),
                                                 init,
                                                 deinit,
                                                 count,
                                                 describe,
                                                 create};
