// The one place where a stored number and its public word meet.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/model/decision.hpp"
#include "core/model/document.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"
#include "core/model/subscription.hpp"

namespace vestitel {
namespace {

template <class E>
struct Name {
  E value;
  std::string_view text;
};

template <class E, std::size_t N>
std::string_view text_of(const std::array<Name<E>, N>& names, E value) {
  for (const auto& name : names)
    if (name.value == value) return name.text;
  return "unknown";
}

template <class E, std::size_t N>
std::optional<E> value_of(const std::array<Name<E>, N>& names, std::string_view text) {
  for (const auto& name : names)
    if (name.text == text) return name.value;
  return std::nullopt;
}

constexpr std::array<Name<EventType>, 21> kEventTypes{{
    {EventType::kOutpatient, "activity.outpatient"},
    {EventType::kDental, "activity.dental"},
    {EventType::kHospitalAdmission, "activity.hospital.admission"},
    {EventType::kHospitalDischarge, "activity.hospital.discharge"},
    {EventType::kProcedure, "activity.procedure"},
    {EventType::kLaboratory, "activity.laboratory"},
    {EventType::kPrescription, "document.prescription"},
    {EventType::kDispensation, "document.dispensation"},
    {EventType::kReferral, "document.referral"},
    {EventType::kImmunization, "document.immunization"},
    {EventType::kMedicalNotice, "document.medical-notice"},
    {EventType::kInsuranceStatusChanged, "insurance.status-changed"},
    {EventType::kGpChoiceChanged, "gp.choice-changed"},
    {EventType::kGpContractTerminated, "gp.contract-terminated"},
    {EventType::kGpUnavailable, "gp.unavailable"},
    {EventType::kGpTemporaryEnding, "gp.temporary-ending"},
    {EventType::kDocumentExpiring, "document.expiring"},
    {EventType::kContactChanged, "contact.changed"},
    {EventType::kGuardianshipChanged, "guardianship.changed"},
    {EventType::kObjectionRaised, "objection.raised"},
    {EventType::kObjectionAnswered, "objection.answered"},
}};

constexpr std::array<Name<IdentifierType>, 5> kIdentifierTypes{{
    {IdentifierType::kEgn, "egn"},
    {IdentifierType::kLnch, "lnch"},
    {IdentifierType::kNap, "nap"},
    {IdentifierType::kEhic, "ehic"},
    {IdentifierType::kUin, "uin"},
}};

constexpr std::array<Name<Revision>, 3> kRevisions{
    {{Revision::kNew, "new"}, {Revision::kCorrected, "corrected"}, {Revision::kAnnulled, "annulled"}}};

constexpr std::array<Name<Channel>, 5> kChannels{{{Channel::kEmail, "email"},
                                                  {Channel::kSms, "sms"},
                                                  {Channel::kPush, "push"},
                                                  {Channel::kWebhook, "webhook"},
                                                  {Channel::kFile, "file"}}};

constexpr std::array<Name<VerdictKind>, 7> kVerdicts{{{VerdictKind::kAccepted, "accepted"},
                                                      {VerdictKind::kDelivered, "delivered"},
                                                      {VerdictKind::kRetry, "retry"},
                                                      {VerdictKind::kPermanent, "permanent"},
                                                      {VerdictKind::kContactDead, "contact_dead"},
                                                      {VerdictKind::kConfigError, "config_error"},
                                                      {VerdictKind::kUnknown, "unknown"}}};

constexpr std::array<Name<RetryScope>, 4> kScopes{{{RetryScope::kMessage, "message"},
                                                   {RetryScope::kRecipient, "recipient"},
                                                   {RetryScope::kLink, "link"},
                                                   {RetryScope::kSink, "sink"}}};

constexpr std::array<Name<DocumentState>, 3> kDocumentStates{
    {{DocumentState::kStaging, "staging"}, {DocumentState::kSealed, "sealed"}, {DocumentState::kRejected, "rejected"}}};

constexpr std::array<Name<Cadence>, 5> kCadences{{{Cadence::kImmediate, "immediate"},
                                                  {Cadence::kDaily, "daily"},
                                                  {Cadence::kWeekly, "weekly"},
                                                  {Cadence::kMonthly, "monthly"},
                                                  {Cadence::kOff, "off"}}};

constexpr std::array<Name<NotOwedReason>, 12> kNotOwedReasons{{{NotOwedReason::kNoSubscriber, "no subscriber"},
                                                               {NotOwedReason::kNoChannel, "no channel"},
                                                               {NotOwedReason::kNoRoute, "no route"},
                                                               {NotOwedReason::kSuperseded, "superseded"},
                                                               {NotOwedReason::kCancelled, "cancelled"},
                                                               {NotOwedReason::kDuplicate, "duplicate"},
                                                               {NotOwedReason::kCapped, "capped"},
                                                               {NotOwedReason::kOtherPayer, "other payer"},
                                                               {NotOwedReason::kConfidential, "confidential"},
                                                               {NotOwedReason::kTurnedOff, "turned off"},
                                                               {NotOwedReason::kBaseline, "baseline"},
                                                               {NotOwedReason::kStandsIn, "stands in"}}};

bool read_number(std::string_view text, std::int64_t& out) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size() && out >= 0;
}

}  // namespace

std::string_view to_text(EventType type) { return text_of(kEventTypes, type); }
std::optional<EventType> event_type(std::string_view text) { return value_of(kEventTypes, text); }

std::string_view to_text(IdentifierType type) { return text_of(kIdentifierTypes, type); }
Result<IdentifierType> identifier_type(std::string_view text) {
  if (const auto type = value_of(kIdentifierTypes, text)) return *type;
  return {Failure::kInvalid, "reading an identifier type: one of egn, lnch, nap, ehic, uin expected"};
}

std::string_view to_text(Revision revision) { return text_of(kRevisions, revision); }
std::string_view to_text(Channel c) { return text_of(kChannels, c); }
std::optional<Channel> channel(std::string_view text) { return value_of(kChannels, text); }
std::string_view to_text(VerdictKind kind) { return text_of(kVerdicts, kind); }
std::string_view to_text(RetryScope scope) { return text_of(kScopes, scope); }
std::string_view to_text(DocumentState state) { return text_of(kDocumentStates, state); }

std::string_view to_text(NotOwedReason reason) { return text_of(kNotOwedReasons, reason); }

std::string_view to_text(Cadence c) { return text_of(kCadences, c); }
std::optional<Cadence> cadence(std::string_view text) { return value_of(kCadences, text); }

std::string to_text(EventId id) { return fmt::format("e-{}-{}", id.document(), id.ordinal()); }

bool is_vocabulary(std::string_view attribute_key) {
  static constexpr std::string_view kKeys[] = {"amount",
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
  return attribute_key.starts_with("code.") || attribute_key.starts_with("ref.") ||
         std::find(std::begin(kKeys), std::end(kKeys), attribute_key) != std::end(kKeys);
}

std::optional<EventId> parse_event_id(std::string_view text) {
  if (!text.starts_with("e-")) return std::nullopt;
  const std::size_t dash = text.find('-', 2);
  if (dash == std::string_view::npos) return std::nullopt;
  std::int64_t document = 0;
  std::int64_t ordinal = 0;
  if (!read_number(text.substr(2, dash - 2), document) || !read_number(text.substr(dash + 1), ordinal))
    return std::nullopt;
  if (document > 0x7FFFFFFF || ordinal > 0xFFFFFFFF) return std::nullopt;
  return event_id(document, ordinal);
}

}  // namespace vestitel
