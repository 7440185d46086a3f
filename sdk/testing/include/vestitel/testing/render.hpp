// Events and verdicts as one line of text each, for tests that compare state as a string. A batch that breaks the ABI
// is rendered as the breach.
#pragma once
#include <string>
#include <string_view>

#include <vestitel/abi.h>
#include <vestitel/time.hpp>
#include <vestitel/utf8.hpp>

namespace vestitel::testing {

inline std::string text(vestitel_str s) { return s.n == 0 ? std::string() : std::string(s.p, s.n); }

inline const char* subject_name(std::uint16_t kind) {
  constexpr const char* kNames[] = {"none", "egn", "lnch", "nap", "ehic", "uin"};
  return kind < sizeof kNames / sizeof *kNames ? kNames[kind] : "unknown";
}

inline std::string iso_date(std::int64_t us) {
  const Date d = date_from_days((us - (((us % kUsPerDay) + kUsPerDay) % kUsPerDay)) / kUsPerDay);
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(d.year) + "-" + two(d.month) + "-" + two(d.day);
}

// "when" of an event: a date, or an instant as "date+microseconds".
inline std::string when(std::int64_t us, bool date_only) {
  if (us == VESTITEL_TIME_UNKNOWN) return "?";
  const std::int64_t rest = ((us % kUsPerDay) + kUsPerDay) % kUsPerDay;
  return date_only && rest == 0 ? iso_date(us) : iso_date(us) + "+" + std::to_string(rest);
}

// Reads spans of one batch, remembering whether one was wrong.
class Spans {
 public:
  explicit Spans(const vestitel_batch& batch) : batch_(batch) {}
  std::string operator()(vestitel_span s) {
    if (std::uint64_t{s.off} + s.len > batch_.heap_len) return sound_ = false, "<beyond the heap>";
    const std::string value = s.len == 0 ? std::string() : std::string(batch_.heap + s.off, s.len);
    if (!is_text(value)) sound_ = false;
    return value;
  }
  bool sound() const { return sound_; }

 private:
  const vestitel_batch& batch_;
  bool sound_ = true;
};

// `line` with a space for each control character: an event stays one line of a golden file, whatever it holds.
inline std::string on_one_line(std::string line) {
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

// "type revision subject-kind:subject date key=scope|record number=N facility=F practitioner=P @line:column" and then
// " key=value" for each attribute in its order. What is absent is left out.
inline std::string render_event(const vestitel_batch& batch, std::uint32_t i) {
  if (batch.stride < sizeof(vestitel_event)) return "BREACH: stride";
  const auto& e = *reinterpret_cast<const vestitel_event*>(reinterpret_cast<const char*>(batch.events) +
                                                           std::size_t{i} * batch.stride);
  if (std::uint64_t{e.attr_first} + e.attr_count > batch.attr_count) return "BREACH: attributes";
  constexpr const char* kRevisions[] = {"?", "new", "corrected", "annulled"};
  Spans span(batch);
  std::string out = span(e.type) + " " + (e.revision < 4 ? kRevisions[e.revision] : "?") + " " +
                    subject_name(e.subject_kind) + ":" + span(e.subject) + " " +
                    when(e.occurred_at_us, (e.flags & VESTITEL_OCCURRED_DATE_ONLY) != 0) + " key=" + span(e.scope) +
                    "|" + span(e.record_key);
  const auto add = [&](const char* name, vestitel_span s) {
    if (s.len != 0) out += std::string(" ") + name + "=" + span(s);
  };
  add("number", e.document_number);
  add("facility", e.facility);
  add("practitioner", e.practitioner);
  if (e.reported_at_us != VESTITEL_TIME_UNKNOWN) {
    out += " reported=" + when(e.reported_at_us, (e.flags & VESTITEL_REPORTED_DATE_ONLY) != 0);
  }
  if (e.line != 0) out += " @" + std::to_string(e.line) + ":" + std::to_string(e.column);
  for (std::uint32_t a = 0; a < e.attr_count; ++a) {
    const vestitel_attr& attr = batch.attrs[e.attr_first + a];
    out += " " + span(attr.key) + "=" + span(attr.value);
  }
  return on_one_line(span.sound() ? out : "BREACH: " + out);
}

// "accepted(id)", "delivered", "retry(scope,after_ms): reason", "contact_dead(since_us): reason", "permanent: reason".
inline std::string render_verdict(const vestitel_verdict& v) {
  constexpr const char* kKinds[] = {"?",         "accepted",     "delivered",    "retry",
                                    "permanent", "contact_dead", "config_error", "unknown"};
  constexpr const char* kScopes[] = {"?", "message", "recipient", "link", "sink"};
  std::string out = v.kind >= 1 && v.kind <= 7 ? kKinds[v.kind] : "?";
  if (v.kind == VESTITEL_ACCEPTED) out += "(" + std::string(v.provider_id, v.provider_id_len) + ")";
  if (v.kind == VESTITEL_RETRY) {
    const char* scope = v.scope >= 1 && v.scope <= 4 ? kScopes[v.scope] : "?";
    out += std::string("(") + scope + "," + std::to_string(v.after_ms) + ")";
  }
  if (v.kind == VESTITEL_CONTACT_DEAD) out += "(" + std::to_string(v.since_us) + ")";
  if (v.reason_len != 0) out += ": " + std::string(v.reason, v.reason_len);
  return out;
}

}  // namespace vestitel::testing
