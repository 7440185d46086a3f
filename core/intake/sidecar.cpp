#include "core/intake/sidecar.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

namespace vestitel {
namespace {

using Json = nlohmann::json;

Error invalid(const std::string& what) { return {Failure::kInvalid, "sidecar: " + what}; }

// Two digits or four, nothing else.
std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc{} || end != text.data() + text.size() || text[0] == '-') return std::nullopt;
  return value;
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = number(text.substr(0, 4)), m = number(text.substr(5, 2)), d = number(text.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)},
                                        std::chrono::day{static_cast<unsigned>(*d)}};
  if (!ymd.ok() || *y < 1901) return std::nullopt;
  return Date{ymd};
}

std::optional<Micros> parse_time(std::string_view text) {  // "08:00:00"
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto h = number(text.substr(0, 2)), m = number(text.substr(3, 2)), s = number(text.substr(6, 2));
  if (!h || !m || !s || *h > 23 || *m > 59 || *s > 59) return std::nullopt;
  return std::chrono::hours{*h} + std::chrono::minutes{*m} + std::chrono::seconds{*s};
}

bool media_type(std::string_view text) {
  if (text.size() > 127 || std::count(text.begin(), text.end(), '/') != 1) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$&-^_.+/").find(c) != std::string_view::npos;
  });
}

// Reads the text and refuses a key that comes twice, which the library would let pass.
std::optional<Json> parse_strict(std::string_view text, bool& twice) {
  std::set<std::string> seen;
  const auto callback = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::key && depth == 1) twice |= !seen.insert(value.get<std::string>()).second;
    return depth <= 2;
  };
  Json json = Json::parse(text, callback, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

Result<> apply(const std::string& key, const Json& value, Sidecar& out) {
  if (key == "as_of") {
    if (value.is_string()) out.as_of = parse_as_of(value.get_ref<const std::string&>());
    if (!out.as_of) return invalid("as_of must be a date like 2026-10-31 or an instant like 2026-10-31T08:00:00Z");
  } else if (key == "complete") {
    if (!value.is_boolean()) return invalid("complete must be true or false");
    out.complete = value.get<bool>();
  } else if (key == "media_type") {
    if (!value.is_string() || !media_type(value.get_ref<const std::string&>()))
      return invalid("media_type must be a media type like application/xml");
    out.media_type = value.get<std::string>();
  } else {
    return invalid("it has an unknown key; as_of, complete and media_type are allowed");
  }
  return Done{};
}

}  // namespace

std::optional<Instant> parse_as_of(std::string_view text) {
  const auto date = parse_date(text.substr(0, 10));
  if (!date) return std::nullopt;
  if (text.size() == 10) return sofia_midnight(*date);
  if (text.size() != 20 || text[10] != 'T' || text[19] != 'Z') return std::nullopt;
  const auto time = parse_time(text.substr(11, 8));
  if (!time) return std::nullopt;
  return Instant{*date} + *time;
}

Result<Sidecar> parse_sidecar(std::string_view text) {
  if (text.size() > kMaxSidecarBytes) return invalid("it is larger than 16 KiB");
  bool twice = false;
  const auto json = parse_strict(text, twice);
  if (!json || !json->is_object()) return invalid("it must be one JSON object");
  if (twice) return invalid("a key stands twice");
  Sidecar out;
  for (const auto& [key, value] : json->items())
    if (auto done = apply(key, value, out); !done) return done.error();
  return out;
}

std::optional<std::string_view> as_of_fault(Instant as_of, Instant now) {
  if (as_of <= now + std::chrono::days{1}) return std::nullopt;
  return "as_of lies in the future, more than a day ahead";
}

}  // namespace vestitel
