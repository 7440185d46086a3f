#include "core/pipeline/validate.hpp"

#include <chrono>
#include <cstddef>

#include "core/base/json_text.hpp"
#include "core/model/identifier_checks.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMaxKeyPart = 128;
constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxAttributeKey = 128;
constexpr std::size_t kMaxAttributes = 64;
constexpr std::int64_t kDay = 86'400'000'000;

using Found = std::optional<Rejection>;

Found text_fault(std::string_view element, std::string_view text, std::size_t most) {
  if (text.size() > most) return Rejection{element, "too long"};
  if (!is_utf8(text)) return Rejection{element, "not UTF-8"};
  return std::nullopt;
}

// A date counts from midnight UTC of the day it names; an instant as it is.
Found time_fault(std::string_view element, std::int64_t us, bool date_only, Instant now, Date today) {
  constexpr std::int64_t kEarliest =
      std::chrono::sys_days{std::chrono::year{1900} / 1 / 1}.time_since_epoch().count() * kDay;
  const std::int64_t latest = date_only ? (today.time_since_epoch().count() + 1) * kDay : to_micros(now) + kDay;
  if (us < kEarliest) return Rejection{element, "before 1900"};
  if (us > latest) return Rejection{element, "after tomorrow"};
  if (date_only && us % kDay != 0) return Rejection{element, "a date with a time of day"};
  return std::nullopt;
}

Found key_fault(const EventView& event) {
  if (event.record.empty()) return Rejection{"record key", "empty"};
  if (auto fault = text_fault("record key", event.record, kMaxKeyPart)) return fault;
  if (auto fault = text_fault("scope", event.scope, kMaxKeyPart)) return fault;
  // A key travels into lists, receipts and logs; the number of a person must not.
  if (event.subject.size() < 10) return std::nullopt;
  if (event.record.find(event.subject) != std::string_view::npos ||
      event.scope.find(event.subject) != std::string_view::npos)
    return Rejection{"record key", "holds the subject's identifier"};
  return std::nullopt;
}

Found attribute_fault(const Attribute& attribute, Date today) {
  if (attribute.key.empty()) return Rejection{"attribute", "without a key"};
  if (auto fault = text_fault("attribute key", attribute.key, kMaxAttributeKey)) return fault;
  if (auto fault = text_fault("attribute value", attribute.value, kMaxText)) return fault;
  if (attribute.key != "subject.birth-date" || attribute.value.empty()) return std::nullopt;
  const auto birth = iso_date(attribute.value);
  if (!birth) return Rejection{"subject.birth-date", "no such date"};
  if (*birth > today) return Rejection{"subject.birth-date", "in the future"};
  return std::nullopt;
}

Found texts_fault(const EventView& event, Date today) {
  if (auto fault = text_fault("document number", event.document_number, kMaxText)) return fault;
  if (auto fault = text_fault("facility", event.facility, kMaxText)) return fault;
  if (auto fault = text_fault("practitioner", event.practitioner, kMaxText)) return fault;
  if (event.attributes.size() > kMaxAttributes) return Rejection{"attributes", "more than 64"};
  for (const auto& attribute : event.attributes)
    if (auto fault = attribute_fault(attribute, today)) return fault;
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> validate(const EventView& event, Instant now, Date today) {
  if (!event_type(event.type)) return Rejection{"type", "unknown"};
  if (event.revision < Revision::kNew || event.revision > Revision::kAnnulled) return Rejection{"revision", "unknown"};
  if (const auto fault = identifier_fault(event.subject_type, event.subject, today))
    return Rejection{"subject", *fault};
  if (auto fault = key_fault(event)) return fault;
  if (auto fault = time_fault("occurred", event.occurred_us, event.occurred_date_only, now, today)) return fault;
  if (auto fault = time_fault("reported", event.reported_us, event.reported_date_only, now, today)) return fault;
  return texts_fault(event, today);
}

}  // namespace vestitel
