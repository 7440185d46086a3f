// The event: one immutable, normalized fact about one person or one practitioner.
//
// On its way from reader to store an event is a view into its batch; a batch is three flat blocks, so a field costs
// no allocation. The meaning of each field is in the design's table; texts are UTF-8.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/identifier.hpp"

namespace vestitel {

enum class EventType : std::uint8_t {  // stored: values never change
  kOutpatient = 1,
  kDental = 2,
  kHospitalAdmission = 3,
  kHospitalDischarge = 4,
  kProcedure = 5,
  kLaboratory = 6,
  kPrescription = 7,
  kDispensation = 8,
  kReferral = 9,
  kImmunization = 10,
  kMedicalNotice = 11,
  kInsuranceStatusChanged = 12,
  kGpChoiceChanged = 13,
  kGpContractTerminated = 14,
  kGpUnavailable = 15,
  kGpTemporaryEnding = 16,
  kDocumentExpiring = 17,
  kContactChanged = 18,
  kGuardianshipChanged = 19,
  kObjectionRaised = 20,
  kObjectionAnswered = 21,
};

std::string_view to_text(EventType type);  // "activity.outpatient" ...
// Facts of registries are one for each person, and their natural key has the person in it. A source may not put a
// person's number into a key: the hub adds whom such a record is about.
constexpr bool is_keyed_by_person(EventType type) {
  return (type >= EventType::kInsuranceStatusChanged && type <= EventType::kGpTemporaryEnding) ||
         type == EventType::kContactChanged || type == EventType::kGuardianshipChanged;
}
std::optional<EventType> event_type(std::string_view text);
// What a register answers whenever it is asked: the state of a person, not something that happened. The first that a
// source says of somebody is a baseline; the same again is nothing; another state is a new event, no correction.
constexpr bool is_state(EventType type) { return type == EventType::kInsuranceStatusChanged; }
// Of a state: what may change and leaves it the same one.
constexpr bool is_detail_of_state(std::string_view attribute) { return attribute == "code.nap-missing-month"; }
// What proves a report and is no part of what it says: "nhis.signature-value", say. Another one is no correction.
constexpr bool is_evidence(std::string_view attribute) {
  return attribute.find("signature", attribute.find('.')) != std::string_view::npos;
}

enum class Revision : std::uint8_t { kNew = 1, kCorrected = 2, kAnnulled = 3 };  // stored: values never change
std::string_view to_text(Revision revision);                                     // "new", "corrected", "annulled"

struct Place {  // in the document; line 0: unknown
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint64_t byte = 0;
};

struct Attribute {
  std::string_view key;  // "code.icd10", "ref.referral", "facility.name" ...: the list is in vestitel/abi.h's page
  std::string_view value;
};

// Whether the key is one of the vocabulary, which means the same whoever says it; all others are a plugin's own.
bool is_vocabulary(std::string_view attribute_key);

struct EventView {
  std::string_view type;  // as the plugin said it; validate() makes an EventType of it
  Revision revision = Revision::kNew;
  IdentifierType subject_type = IdentifierType::kEgn;
  std::string_view subject;  // the identifier itself: never stored, logged or shown
  std::string_view scope, record;
  std::int64_t occurred_us = 0, reported_us = 0;  // UTC; midnight UTC of the date where only a date is known
  bool occurred_date_only = false, reported_date_only = false;
  std::string_view document_number, facility, practitioner;
  std::span<const Attribute> attributes;
  Place place;
};

struct QuarantinedView {  // a record that a source could not accept
  Place place;
  std::string_view element, reason;  // never a value
  std::string_view bytes;            // the record itself, cut at 64 KiB; health data
};

// What decides, beside type and revision, whether an event is told. The store keeps it unencrypted beside them, so
// that routing reads nothing else of most events.
struct EventPolicy {
  bool other_payer = false;   // "payer" names another than НЗОК
  bool confidential = false;  // "subject.confidential" is set
  friend bool operator==(const EventPolicy&, const EventPolicy&) = default;
};
EventPolicy policy_of(std::span<const Attribute> attributes);

// What a source handed over at once, in document order. Owns its three blocks; views live as long as it does.
struct EventBatch {
  struct Item {  // an event or a quarantined record, in the order they stood
    bool quarantined = false;
    std::uint32_t index = 0;
  };
  std::vector<Item> items;
  std::vector<EventView> events;
  std::vector<QuarantinedView> quarantined;
  std::vector<Attribute> attributes;
  std::vector<std::unique_ptr<char[]>> heaps;
};

// What the hub gives an event beyond what was reported.
struct EventId {
  std::int64_t value = 0;  // document number << 32 | ordinal: sorts in the order of the documents
  friend auto operator<=>(const EventId&, const EventId&) = default;
  [[nodiscard]] std::int64_t document() const { return value >> 32; }
  [[nodiscard]] std::int64_t ordinal() const { return value & 0xFFFFFFFF; }
};

inline EventId event_id(std::int64_t document, std::int64_t ordinal) { return {document << 32 | ordinal}; }
std::string to_text(EventId id);  // "e-12-7"; the CloudEvents id
std::optional<EventId> parse_event_id(std::string_view text);

// Keyed hash of what ties the reports of one activity together: type, person and national number. Those of one time lie
// near each other.
using ActivityIdentity = std::array<char, 16>;

using PersonId = std::int64_t;  // opaque, ours; 0: nobody

// A stored event as it is read back: the same facts, owned.
struct Event {
  EventId id;
  EventType type = EventType::kOutpatient;
  Revision revision = Revision::kNew;
  PersonId person = 0;
  std::int64_t instance = 0;
  std::string source;     // id of the instance; only where it is read for people
  std::int64_t seal = 0;  // when its document was sealed, as a number that only grows; as above
  std::string scope, record;
  Instant occurred, reported, received;
  bool occurred_date_only = false, reported_date_only = false;
  EventPolicy policy;
  std::optional<EventId> prior;  // what this one corrects or annuls
  std::string document_number, facility, practitioner;
  std::vector<std::pair<std::string, std::string>> attributes;
  Place place;
  bool unreadable = false;  // its content is stored and does not open
};

}  // namespace vestitel
