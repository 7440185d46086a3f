#include "core/pipeline/activity.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "core/base/clock.hpp"

namespace vestitel {
namespace {

// A field: hash of its name (4), number of values (1), their hashes (4 each), sorted. Fields lie sorted by name.
constexpr std::size_t kHash = 4, kHead = kHash + 1, kMostValues = 255;

struct Field {
  std::string_view name;  // 4 bytes
  std::string_view values;
};

// Empty: there is none left, or the bytes are no fields.
std::optional<Field> take(std::string_view& in) {
  if (in.size() < kHead) return std::nullopt;
  const std::size_t length = static_cast<unsigned char>(in[kHash]) * kHash;
  if (in.size() < kHead + length) return std::nullopt;
  const Field field{in.substr(0, kHash), in.substr(kHead, length)};
  in.remove_prefix(kHead + length);
  return field;
}

std::string_view find(std::string_view shown, std::string_view name) {
  while (const auto field = take(shown))
    if (field->name == name) return field->values;
  return {};
}

bool holds_all(std::string_view values, std::string_view others) {
  for (std::size_t i = 0; i < others.size(); i += kHash) {
    bool found = false;
    for (std::size_t k = 0; k < values.size() && !found; k += kHash)
      found = values.substr(k, kHash) == others.substr(i, kHash);
    if (!found) return false;
  }
  return true;
}

void put(std::string& out, std::uint32_t hash) {
  char bytes[kHash];
  std::memcpy(bytes, &hash, kHash);
  out.append(bytes, kHash);
}

struct Shown {
  std::string_view field;
  std::uint32_t value = 0;
  friend bool operator==(const Shown&, const Shown&) = default;
  friend auto operator<=>(const Shown&, const Shown&) = default;
};

// Of a code not its display. How a visit is classed is each source's own, and how far its payment has come no news.
bool is_shown(std::string_view key) {
  if (key == "payer" || key == "amount") return true;
  return key.starts_with("code.") && !key.ends_with(".text") && key != "code.exam-type";
}

std::string day_of(const EventView& event) {
  const Instant at = from_micros(event.occurred_us);
  const Date day = event.occurred_date_only ? std::chrono::floor<std::chrono::days>(at) : sofia_date(at);
  return std::to_string(day.time_since_epoch().count());
}

}  // namespace

bool is_national_activity(EventType type, std::string_view document_number) {
  constexpr std::size_t kNational = 12;
  switch (type) {
    case EventType::kOutpatient:
    case EventType::kDental:
    case EventType::kPrescription:
    case EventType::kReferral:
    case EventType::kImmunization:
    case EventType::kMedicalNotice: break;
    default: return false;
  }
  return document_number.size() == kNational && std::all_of(document_number.begin(), document_number.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

void encode_shown(const EventView& event, const HashValue& hash, std::string& out) {
  std::vector<Shown> all;
  const auto show = [&](std::string_view field, std::string_view value) {
    if (!value.empty()) all.push_back({field, hash(field, value)});
  };
  show("day", day_of(event));
  show("facility", event.facility);
  show("practitioner", event.practitioner);
  for (const Attribute& attribute : event.attributes)
    if (is_shown(attribute.key)) show(attribute.key, attribute.value);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  out.clear();
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t first = i;
    while (i < all.size() && all[i].field == all[first].field && i - first < kMostValues) ++i;
    put(out, hash(all[first].field, {}));
    out += static_cast<char>(i - first);
    for (std::size_t k = first; k < i; ++k) put(out, all[k].value);
  }
}

bool contradict(std::string_view shown, std::string_view other) {
  while (const auto field = take(shown)) {
    const std::string_view values = find(other, field->name);
    if (!values.empty() && !holds_all(values, field->values) && !holds_all(field->values, values)) return true;
  }
  return false;
}

bool change(std::string_view shown, std::string_view prior) {
  while (const auto field = take(shown)) {
    const std::string_view values = find(prior, field->name);
    if (!values.empty() && values != field->values) return true;
  }
  return false;
}

// The newest that any source has said of the activity counts.
Retelling retell(const ToldReport& told, const RoutableEvent& next) {
  const bool own = next.event.prior == told.event;
  const bool older = next.as_of_us < told.as_of_us;
  const bool annuls = next.event.revision == Revision::kAnnulled, annulled = told.revision == Revision::kAnnulled;
  if (annuls && annulled) return Retelling::kDuplicate;
  if (annuls || annulled) return older ? Retelling::kOutdated : Retelling::kAsItIs;
  const bool differs = next.prior_shown && change(next.shown, *next.prior_shown);
  if (!differs && (own || !contradict(told.shown, next.shown))) return Retelling::kDuplicate;
  if (older) return Retelling::kOutdated;
  return own ? Retelling::kAsItIs : Retelling::kAsCorrected;
}

}  // namespace vestitel
