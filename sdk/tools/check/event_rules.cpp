#include "sdk/tools/check/event_rules.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vestitel/time.hpp>
#include <vestitel/utf8.hpp>

namespace vestitel::check {
namespace {

constexpr std::array<std::string_view, 21> kTypes = {
    "activity.outpatient",         "activity.dental",         "activity.hospital.admission",
    "activity.hospital.discharge", "activity.procedure",      "activity.laboratory",
    "document.prescription",       "document.dispensation",   "document.referral",
    "document.immunization",       "document.medical-notice", "insurance.status-changed",
    "gp.choice-changed",           "gp.contract-terminated",  "gp.unavailable",
    "gp.temporary-ending",         "document.expiring",       "contact.changed",
    "guardianship.changed",        "objection.raised",        "objection.answered"};

constexpr std::array<std::string_view, 15> kAttributes = {"amount",
                                                          "currency",
                                                          "payer",
                                                          "payment",
                                                          "facility.name",
                                                          "facility.region",
                                                          "practitioner.name",
                                                          "practitioner.specialty",
                                                          "period.from",
                                                          "period.to",
                                                          "valid.until",
                                                          "subject.birth-date",
                                                          "subject.deceased",
                                                          "subject.confidential",
                                                          "subject.name"};

constexpr std::int64_t kEarliest = midnight_us({1900, 1, 1}), kLatest = midnight_us({2200, 1, 1});

bool inside(const vestitel_batch& batch, vestitel_span span) {
  return std::uint64_t{span.off} + span.len <= batch.heap_len;
}

std::string_view view(const vestitel_batch& batch, vestitel_span span) {
  return span.len == 0 ? std::string_view() : std::string_view(batch.heap + span.off, span.len);
}

const vestitel_event& event_at(const vestitel_batch& batch, std::uint32_t i) {
  return *reinterpret_cast<const vestitel_event*>(reinterpret_cast<const char*>(batch.events) +
                                                  std::size_t{i} * batch.stride);
}

bool has_prefix(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool is_key(std::string_view key) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  return !key.empty() && key.size() <= 128 && key[0] >= 'a' && key[0] <= 'z' &&
         std::all_of(key.begin(), key.end(), fits);
}

bool is_known(std::string_view key, const std::set<std::string>& own) {
  if (has_prefix(key, "code.") || has_prefix(key, "ref.")) return true;
  return std::find(kAttributes.begin(), kAttributes.end(), key) != kAttributes.end() ||
         own.count(std::string(key)) != 0;
}

std::string time_problem(const char* name, std::int64_t us, bool date_only) {
  if (us < kEarliest || us > kLatest) return std::string(name) + " is not of the years 1900 to 2200";
  if (date_only && us % kUsPerDay != 0) return std::string(name) + " is marked as a date and is not midnight UTC";
  return {};
}

std::string attribute_problem(const vestitel_batch& batch, const vestitel_event& event,
                              const std::set<std::string>& own) {
  for (std::uint32_t a = 0; a < event.attr_count; ++a) {
    const vestitel_attr& attr = batch.attrs[event.attr_first + a];
    if (!inside(batch, attr.key) || !inside(batch, attr.value)) return "an attribute lies outside of the heap";
    const std::string_view key = view(batch, attr.key);
    if (!is_key(key)) return "an attribute's key is not lower case with dots";
    if (!is_text(view(batch, attr.value))) return "the value of attribute " + std::string(key) + " is not UTF-8";
    if (!is_known(key, own))
      return "attribute " + std::string(key) + " is neither in the vocabulary nor among the declared `attributes`";
  }
  return {};
}

}  // namespace

std::string batch_problem(const vestitel_batch& batch) {
  if (batch.size < sizeof(vestitel_batch)) return "a batch is smaller than that of ABI 1.0";
  if (batch.stride < sizeof(vestitel_event) || batch.stride % 8 != 0)
    return "a batch has a stride that cannot be walked";
  if (batch.heap_len > UINT32_MAX) return "a batch has a heap of 4 GiB or more";
  if (batch.count > 0 && batch.events == nullptr) return "a batch has no events where it says it has";
  if (batch.attr_count > 0 && batch.attrs == nullptr) return "a batch has no attributes where it says it has";
  if (batch.heap_len > 0 && batch.heap == nullptr) return "a batch has no heap where it says it has";
  for (std::uint32_t i = 0; i < batch.count; ++i) {
    const vestitel_event& e = event_at(batch, i);
    if (e.size < sizeof(vestitel_event) || e.size > batch.stride) return "an event's size does not fit its stride";
    if (std::uint64_t{e.attr_first} + e.attr_count > batch.attr_count)
      return "an event's attributes lie outside of the batch";
    for (const auto span : {e.type, e.scope, e.record_key, e.subject, e.document_number, e.facility, e.practitioner})
      if (!inside(batch, span)) return "a span lies outside of the heap";
    for (std::uint32_t a = 0; a < e.attr_count; ++a) {
      const vestitel_attr& attr = batch.attrs[e.attr_first + a];
      if (!inside(batch, attr.key) || !inside(batch, attr.value)) return "an attribute lies outside of the heap";
    }
  }
  return {};
}

std::string event_problem(const vestitel_batch& batch, std::uint32_t i, const std::set<std::string>& own) {
  const vestitel_event& e = event_at(batch, i);
  if (e.revision < VESTITEL_NEW || e.revision > VESTITEL_ANNULLED) return "revision " + std::to_string(e.revision);
  if (e.subject_kind < VESTITEL_EGN || e.subject_kind > VESTITEL_UIN)
    return "subject kind " + std::to_string(e.subject_kind);
  if ((e.flags & 0xFFFF0000U) != 0) return "a flag that the host must understand";
  for (const auto span : {e.type, e.scope, e.record_key, e.subject})
    if (span.len == 0) return "a mandatory field is empty (type, scope, record key, subject)";
  for (const auto span : {e.type, e.scope, e.record_key, e.subject, e.document_number, e.facility, e.practitioner})
    if (!is_text(view(batch, span))) return "a text is not UTF-8";
  if (std::find(kTypes.begin(), kTypes.end(), view(batch, e.type)) == kTypes.end())
    return "type " + std::string(view(batch, e.type)) + " is not in the vocabulary";
  // Identifiers of people stand in `subject` alone: a key is written to indexes and logs.
  if (view(batch, e.record_key) == view(batch, e.subject) || view(batch, e.scope) == view(batch, e.subject))
    return "the key of an event is the identifier of a person";
  if (const auto why = time_problem("occurred_at", e.occurred_at_us, (e.flags & VESTITEL_OCCURRED_DATE_ONLY) != 0);
      !why.empty())
    return why;
  if (e.reported_at_us != VESTITEL_TIME_UNKNOWN)
    if (const auto why = time_problem("reported_at", e.reported_at_us, (e.flags & VESTITEL_REPORTED_DATE_ONLY) != 0);
        !why.empty())
      return why;
  return attribute_problem(batch, e, own);
}

std::set<std::string> declared_attributes(const std::string& capabilities_json) {
  std::set<std::string> all;
  const auto json = nlohmann::json::parse(capabilities_json, nullptr, false);
  if (!json.is_object()) return all;
  const auto found = json.find("attributes");
  if (found == json.end() || !found->is_object()) return all;
  for (const auto& item : found->items()) all.insert(item.key());
  return all;
}

}  // namespace vestitel::check
