#include "sdk/tools/show.hpp"

#include <nlohmann/json.hpp>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kUsPerDay = 86'400'000'000;
constexpr std::size_t kDigitsOfAPerson = 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void hide(std::string& text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), what.size(), '*');
}

std::string dumped(const ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ordered_json place_json(Place place) { return {{"line", place.line}, {"column", place.column}}; }

// Whether the record itself said when it was reported; else the host's as-of stands there.
bool says_reported(const EventView& event, const ShowStyle& style) {
  return event.reported_date_only || event.reported_us != to_micros(style.as_of);
}

// A date, or the date and the microseconds since its midnight UTC: what the golden files have.
std::string golden_time(std::int64_t us, bool date_only) {
  const std::int64_t rest = ((us % kUsPerDay) + kUsPerDay) % kUsPerDay;
  const std::string date = to_text(std::chrono::floor<std::chrono::days>(from_micros(us)));
  return date_only && rest == 0 ? date : date + "+" + std::to_string(rest);
}

std::string golden_line(std::string line) {
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

void add(std::string& line, std::string_view key, std::string_view value) {
  if (!value.empty()) line.append(" ").append(key).append("=").append(value);
}

std::string event_line(const EventView& event, const ShowStyle& style) {
  std::string line = std::string(event.type) + " " + std::string(to_text(event.revision)) + " " +
                     style.mask.subject(event.subject_type, event.subject) + " " +
                     golden_time(event.occurred_us, event.occurred_date_only) + " key=" + style.mask.text(event.scope) +
                     "|" + style.mask.text(event.record);
  add(line, "number", style.mask.text(event.document_number));
  add(line, "facility", event.facility);
  add(line, "practitioner", event.practitioner);
  if (says_reported(event, style)) add(line, "reported", golden_time(event.reported_us, event.reported_date_only));
  if (event.place.line != 0) line += " @" + std::to_string(event.place.line) + ":" + std::to_string(event.place.column);
  for (const auto& [key, value] : event.attributes)
    line.append(" ").append(key).append("=").append(style.mask.text(value));
  return style.golden ? golden_line(std::move(line)) : one_line(line);
}

std::string event_json(const EventView& event, const ShowStyle& style) {
  ordered_json out{{"type", event.type},
                   {"revision", to_text(event.revision)},
                   {"subject", style.mask.subject(event.subject_type, event.subject)},
                   {"occurred", show_time(event.occurred_us, event.occurred_date_only)},
                   {"scope", style.mask.text(event.scope)},
                   {"record", style.mask.text(event.record)}};
  if (says_reported(event, style)) out["reported"] = show_time(event.reported_us, event.reported_date_only);
  if (!event.document_number.empty()) out["number"] = style.mask.text(event.document_number);
  if (!event.facility.empty()) out["facility"] = event.facility;
  if (!event.practitioner.empty()) out["practitioner"] = event.practitioner;
  out["place"] = place_json(event.place);
  auto attributes = ordered_json::array();
  for (const auto& [key, value] : event.attributes)
    attributes.push_back({{"key", key}, {"value", style.mask.text(value)}});
  out["attributes"] = std::move(attributes);
  return dumped({{"event", std::move(out)}});
}

}  // namespace

std::string Mask::subject(IdentifierType type, std::string_view id) {
  const std::string prefix = std::string(to_text(type)) + ":";
  if (show_) return prefix + std::string(id);
  const auto found = persons_.try_emplace(std::string(id), static_cast<int>(persons_.size()) + 1).first;
  return prefix + "person-" + std::to_string(found->second);
}

std::string Mask::text(std::string_view text) const {
  std::string out(text);
  if (show_) return out;
  for (const auto& [id, number] : persons_) {
    if (id.size() >= 4) hide(out, id);
  }
  for (std::size_t i = 0; i < out.size();) {
    std::size_t end = i;
    while (end < out.size() && is_digit(out[end])) ++end;
    if (end - i >= kDigitsOfAPerson) out.replace(i, end - i, end - i, '*');
    i = end == i ? i + 1 : end;
  }
  return out;
}

std::string show_time(std::int64_t us, bool date_only) {
  return date_only ? to_text(std::chrono::floor<std::chrono::days>(from_micros(us))) : to_text(from_micros(us));
}

std::string show_event(const EventView& event, const ShowStyle& style) {
  return style.json ? event_json(event, style) : event_line(event, style);
}

std::string show_quarantined(const QuarantinedView& record, const ShowStyle& style) {
  if (!style.json) {
    return one_line("quarantined " + std::to_string(record.place.line) + ":" + std::to_string(record.place.column) +
                    " " + std::string(record.element) + ": " + std::string(record.reason));
  }
  ordered_json out{{"place", place_json(record.place)}, {"element", record.element}, {"reason", record.reason}};
  if (style.mask.shows()) out["bytes"] = record.bytes;
  return dumped({{"quarantined", std::move(out)}});
}

std::string show_complete(std::string_view scope, const ShowStyle& style) {
  return style.json ? dumped({{"complete", style.mask.text(scope)}}) : one_line("complete " + style.mask.text(scope));
}

std::string show_verdict(const Verdict& verdict) {
  std::string out(to_text(verdict.kind));
  if (verdict.kind == VerdictKind::kAccepted) out += "(" + verdict.provider_id + ")";
  if (verdict.kind == VerdictKind::kRetry)
    out += "(" + std::string(to_text(verdict.scope)) + "," + std::to_string(verdict.after.count()) + ")";
  if (verdict.kind == VerdictKind::kContactDead)
    out += "(" + std::to_string(verdict.since ? to_micros(*verdict.since) : 0) + ")";
  return one_line(verdict.reason.empty() ? out : out + ": " + verdict.reason);
}

}  // namespace vestitel
