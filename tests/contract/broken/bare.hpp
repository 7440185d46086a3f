// A reader over the bare C ABI that passes the kit. A broken plugin derives from it, hides one function or constant,
// and exports itself by BARE(Class).
#pragma once
#include <vestitel/abi.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace bare {

constexpr vestitel_str str(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view view(vestitel_str s) { return s.n == 0 ? std::string_view() : std::string_view(s.p, s.n); }

inline vestitel_rc fail(vestitel_error* error, vestitel_rc rc, std::string_view message, std::string_view path = {}) {
  if (error == nullptr) return rc;
  error->rc = rc;
  error->message_len = static_cast<std::uint32_t>(message.copy(error->message, sizeof error->message));
  error->field_path_len = static_cast<std::uint32_t>(path.copy(error->field_path, sizeof error->field_path));
  return rc;
}

enum class State { created, configured, started };

struct Instance {
  vestitel_plugin abi{};
  const vestitel_host* host = nullptr;
  State state = State::created;
  bool stopping = false;
  void* kept = nullptr;  // for whoever needs a place
  [[nodiscard]] bool cancelled() const { return stopping || host->cancelled(host) != 0; }
  template <class Service>
  [[nodiscard]] const Service* service(const char* id) const {
    return static_cast<const Service*>(host->get_service(host, id));
  }
};
inline Instance& of(vestitel_plugin* p) { return *static_cast<Instance*>(p->self); }

struct Row {
  std::string_view key, subject, date;
  std::uint32_t line = 0;
};

// "2026-10-06" as microseconds, or -1.
inline std::int64_t midnight(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return -1;
  const auto number = [&](std::size_t at, std::size_t n) {
    std::int64_t value = 0;
    for (const char c : date.substr(at, n)) {
      if (c < '0' || c > '9') return std::int64_t{-1};
      value = value * 10 + (c - '0');
    }
    return value;
  };
  std::int64_t y = number(0, 4), m = number(5, 2), d = number(8, 2);
  if (y < 1900 || y > 2199 || m < 1 || m > 12 || d < 1 || d > 28 + 3 * (m != 2)) return -1;
  y -= m <= 2 ? 1 : 0;
  const std::int64_t era = y / 400, of_era = y - era * 400, day = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
  return (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468) * 86'400'000'000;
}

inline bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\0') return false;
  return true;
}

struct Reader {
  static constexpr std::uint32_t kMagic = VESTITEL_MAGIC, kKind = VESTITEL_KIND_READER, kFlags = 0;
  static constexpr const char *kId = "com.example.broken", *kVersion = "1.0.0", *kSchema = "{}", *kCapabilities = "{}";

  static vestitel_rc init() { return VESTITEL_OK; }
  static void deinit() {}
  static bool is_mine(vestitel_str id, const char* own) { return view(id) == own; }
  static bool is_ability(const char* id, const char* own) { return std::strcmp(id, own) == 0; }
  static vestitel_rc accept(const vestitel_host*) { return VESTITEL_OK; }
  static vestitel_rc settings(Instance&, vestitel_str json, vestitel_error* error) {
    return json.n == 2 && view(json) == "{}" ? VESTITEL_OK : fail(error, VESTITEL_E_CONFIG, "there are no settings");
  }
  static vestitel_rc in_order(bool right) { return right ? VESTITEL_OK : VESTITEL_E_INVALID; }
  static vestitel_rc begin(Instance&, vestitel_error*) { return VESTITEL_OK; }
  static void stopped(Instance&) {}
  static void gone(Instance&) {}

  // Pulls the document in lines; `take(line, number)` returns a code.
  template <class Take>
  static vestitel_rc lines(Instance& self, const vestitel_input* in, vestitel_error* error, Take&& take) {
    std::string rest;
    std::uint32_t number = 0;
    for (;;) {
      if (self.cancelled()) return fail(error, VESTITEL_E_CANCELLED, "cancelled");
      std::uint8_t chunk[16384];
      std::uint64_t got = 0;
      if (const auto rc = in->read(in->ctx, chunk, sizeof chunk, &got); rc < 0) return fail(error, rc, "reading");
      rest.append(reinterpret_cast<const char*>(chunk), got);
      std::size_t from = 0;
      for (std::size_t end = 0; (end = rest.find('\n', from)) != std::string::npos; from = end + 1)
        if (const auto rc = take(std::string_view(rest).substr(from, end - from), ++number); rc < 0) return rc;
      rest.erase(0, from);
      if (rest.size() > 1 << 20) return fail(error, VESTITEL_E_DATA, "a line is too long");
      if (got == 0) return rest.empty() ? VESTITEL_OK : take(rest, ++number);
    }
  }

  static vestitel_rc emit_row(Instance& self, const vestitel_document* document, const Row& row,
                              vestitel_error* error) {
    return emit_event(self, view(document->partner), row, midnight(row.date), "", "", error);
  }
  static vestitel_rc emit_event(Instance& self, std::string_view scope, const Row& row, std::int64_t at,
                                std::string_view attribute, std::string_view value, vestitel_error* error) {
    std::string heap;
    const auto put = [&](std::string_view text) {
      const vestitel_span span{static_cast<std::uint32_t>(heap.size()), static_cast<std::uint32_t>(text.size())};
      heap += text;
      return span;
    };
    vestitel_event event{};
    event.size = sizeof event;
    event.revision = VESTITEL_NEW;
    event.subject_kind = VESTITEL_EGN;
    event.occurred_at_us = at;
    event.reported_at_us = VESTITEL_TIME_UNKNOWN;
    event.flags = VESTITEL_OCCURRED_DATE_ONLY;
    event.line = row.line;
    event.column = 1;
    event.type = put("activity.laboratory");
    event.scope = put(scope);
    event.record_key = put(row.key);
    event.subject = put(row.subject);
    const vestitel_attr attr{put(attribute), put(value)};
    event.attr_count = attribute.empty() ? 0 : 1;
    const vestitel_batch batch{sizeof batch, sizeof event, 0,           1,          event.attr_count,
                               &event,       &attr,        heap.data(), heap.size()};
    const auto* emit = self.service<vestitel_emit_v1>("vestitel.emit/1");
    if (emit == nullptr) return fail(error, VESTITEL_E_DENIED, "service vestitel.emit/1 is not granted");
    return emit->emit(self.host, &batch, error);
  }
  static vestitel_rc refuse_row(Instance& self, std::uint32_t line, vestitel_error* error) {
    const auto* emit = self.service<vestitel_emit_v1>("vestitel.emit/1");
    if (emit == nullptr) return fail(error, VESTITEL_E_DENIED, "service vestitel.emit/1 is not granted");
    return emit->quarantine(self.host, {0, line, 1}, str("row"), str("no record"), {}, error);
  }
  static bool split(std::string_view line, Row& row) {
    const std::size_t one = line.find(','), two = line.find(',', one + 1);
    if (one == std::string_view::npos || two == std::string_view::npos || one == 0 || two == one + 1) return false;
    row.key = line.substr(0, one);
    row.subject = line.substr(one + 1, two - one - 1);
    row.date = line.substr(two + 1);
    return is_ascii(line) && row.key.size() < 1000 && row.subject.size() < 100 && row.key != row.subject &&
           midnight(row.date) >= 0;
  }
};

template <class P>
struct Plugin {
  static vestitel_rc parse(vestitel_plugin* p, const vestitel_document* document, const vestitel_input* in,
                           vestitel_error* error) {
    Instance& self = of(p);
    if (const auto rc = P::in_order(self.state == State::started); rc < 0) return fail(error, rc, "work before start");
    return P::parse_with(self, document, in, error);
  }
  static vestitel_rc configure(vestitel_plugin* p, vestitel_str json, vestitel_error* error) {
    Instance& self = of(p);
    if (const auto rc = P::in_order(self.state != State::started); rc < 0)
      return fail(error, rc, "configure while started");
    if (const auto rc = P::settings(self, json, error); rc < 0) return rc;
    self.state = State::configured;
    return VESTITEL_OK;
  }
  static vestitel_rc check(vestitel_plugin*, vestitel_error*) { return VESTITEL_OK; }
  static vestitel_rc start(vestitel_plugin* p, vestitel_error* error) {
    Instance& self = of(p);
    if (const auto rc = P::in_order(self.state == State::configured); rc < 0) return fail(error, rc, "out of order");
    if (const auto rc = P::begin(self, error); rc < 0) return rc;
    self.stopping = false;
    self.state = State::started;
    return VESTITEL_OK;
  }
  static vestitel_rc stop(vestitel_plugin* p, std::int64_t) {
    Instance& self = of(p);
    if (const auto rc = P::in_order(self.state == State::started); rc < 0) return rc;
    self.stopping = true;
    self.state = State::configured;
    P::stopped(self);
    return VESTITEL_OK;
  }
  static void destroy(vestitel_plugin* p) {
    P::gone(of(p));
    delete &of(p);
  }
  static const void* extension(vestitel_plugin*, const char* id) {
    static constexpr vestitel_parse_v1 kParse{sizeof kParse, nullptr, parse};
    return P::is_ability(id, "vestitel.parse/1") ? &kParse : nullptr;
  }
  static vestitel_rc create(const vestitel_host* host, vestitel_str id, vestitel_plugin** out, vestitel_error*) {
    if (!P::is_mine(id, P::kId)) return VESTITEL_NOT_FOUND;
    if (const auto rc = P::accept(host); rc < 0) return rc;
    auto* self = new Instance;
    self->host = host;
    self->abi = {sizeof self->abi, self, configure, check, start, stop, destroy, extension};
    *out = &self->abi;
    return VESTITEL_OK;
  }
  static vestitel_rc init(vestitel_str) { return P::init(); }
  static std::uint32_t count() { return 1; }
  static const vestitel_descriptor* describe(std::uint32_t i) {
    static const vestitel_descriptor descriptor{
        sizeof descriptor, P::kKind,         P::kFlags, 0,       str(P::kId),     str("Broken"),
        str(""),           str(P::kVersion), str(""),   str(""), str(P::kSchema), str(P::kCapabilities)};
    return i == 0 ? &descriptor : nullptr;
  }
};

// Rows of the document, each by P's own split and emit.
template <class P>
struct Rows : Reader {
  static vestitel_rc parse_with(Instance& self, const vestitel_document* document, const vestitel_input* in,
                                vestitel_error* error) {
    return lines(self, in, error, [&](std::string_view line, std::uint32_t number) -> vestitel_rc {
      Row row;
      row.line = number;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      return P::split(line, row) ? P::emit_row(self, document, row, error) : P::refuse_row(self, number, error);
    });
  }
};

}  // namespace bare

#define BARE(Class)                                                               \
  extern "C" {                                                                    \
  extern VESTITEL_EXPORT const vestitel_entry vestitel_plugin_entry_v1;           \
  const vestitel_entry vestitel_plugin_entry_v1 = {Class::kMagic,                 \
                                                   sizeof(vestitel_entry),        \
                                                   VESTITEL_ABI_MAJOR,            \
                                                   VESTITEL_ABI_MINOR,            \
                                                   0,                             \
                                                   bare::str("test"),             \
                                                   bare::str("test"),             \
                                                   bare::Plugin<Class>::init,     \
                                                   Class::deinit,                 \
                                                   bare::Plugin<Class>::count,    \
                                                   bare::Plugin<Class>::describe, \
                                                   bare::Plugin<Class>::create};  \
  }
