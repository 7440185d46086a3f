#include "names.hpp"

#include <algorithm>
#include <array>

namespace nhis {
namespace {

using namespace sources::literals;
using sources::Name;

constexpr std::array kKept = {
    // header, and what surrounds a record
    "header"_n, "messageType"_n, "createdOn"_n, "messageId"_n, "senderId"_n, "recipientId"_n, "contents"_n, "results"_n,
    "foundNumber"_n, "error"_n, "value"_n, "name"_n, "nhifCode"_n, "lrn"_n, "status"_n,
    // numbers
    "nrnExamination"_n, "nrnReferral"_n, "nrnPrescription"_n, "nrnImmunization"_n, "nrnHospitalization"_n,
    "nrnDental"_n, "nrnMedicalNotice"_n, "nrnConsultation"_n, "basedOn"_n,
    // records and their parts
    "examination"_n, "referral"_n, "prescription"_n, "immunization"_n, "hospitalization"_n, "dentalTreatment"_n,
    "medicalNotice"_n, "diagnosis"_n, "comorbidity"_n, "diagnosticReport"_n, "documents"_n, "laboratory"_n,
    "consultation"_n, "specializedActivities"_n, "group"_n, "medication"_n, "dentalProcedure"_n, "tooth"_n,
    // dates
    "openDate"_n, "authoredOn"_n, "occurrence"_n, "admissionDate"_n, "dischargeDate"_n, "treatmentStart"_n,
    "fromDate"_n, "toDate"_n, "deceasedDate"_n, "correctionDate"_n, "correctionReason"_n,
    // codes
    "code"_n, "additionalCode"_n, "verificationStatus"_n, "medicationCode"_n, "mkb"_n, "clinicalPathway"_n,
    "outpatientProcedure"_n, "dischargeClinicalPathway"_n, "dischargeOutpatientProcedure"_n, "sequence"_n,
    "toothIndex"_n, "targetDisease"_n, "class"_n, "purpose"_n, "category"_n, "admissionType"_n, "journalNumber"_n,
    "financingSource"_n,
    // persons and places
    "subject"_n, "identifierType"_n, "identifier"_n, "birthDate"_n, "performer"_n, "requester"_n, "pmi"_n,
    "pmiDeputy"_n, "qualification"_n, "role"_n, "practiceNumber"_n, "rhifAreaNumber"_n};

// Narrative, what nobody is told, and what the person's and the doctor's own data are.
constexpr std::array kPast = {"sender"_n,
                              "senderISName"_n,
                              "recipient"_n,
                              "type"_n,
                              "reason"_n,
                              "description"_n,
                              "cancelReason"_n,
                              "revokeReason"_n,
                              "dispense"_n,
                              "directedBy"_n,
                              "isSecondary"_n,
                              "closeDate"_n,
                              "adverseConditions"_n,
                              "incidentalVisit"_n,
                              "medicalHistory"_n,
                              "objectiveCondition"_n,
                              "assessment"_n,
                              "therapy"_n,
                              "note"_n,
                              "use"_n,
                              "rank"_n,
                              "clinicalStatus"_n,
                              "onsetDateTime"_n,
                              "conclusion"_n,
                              "dischargeDisposition"_n,
                              "motherHealthcare"_n,
                              "childHealthcare"_n,
                              "sickLeave"_n,
                              "number"_n,
                              "days"_n,
                              "reasonCode"_n,
                              "isInitial"_n,
                              "numberPerformed"_n,
                              "result"_n,
                              "valueScale"_n,
                              "valueQuantity"_n,
                              "valueUnit"_n,
                              "issuedTelkDocument"_n,
                              "issuedQuickNotice"_n,
                              "issuedInterimReport"_n,
                              "issuedMedicalNotice"_n,
                              "medicalExpertise"_n,
                              "examType"_n,
                              "workIncapacity"_n,
                              "isProtocolBased"_n,
                              "protocolNumber"_n,
                              "protocolDate"_n,
                              "rhifNumber"_n,
                              "dispensationType"_n,
                              "allowedRepeatsNumber"_n,
                              "supplements"_n,
                              "nrnPreValidation"_n,
                              "groupIdentifier"_n,
                              "sequenceId"_n,
                              "form"_n,
                              "priority"_n,
                              "quantityValue"_n,
                              "isQuantityByForm"_n,
                              "isSubstitutionAllowed"_n,
                              "intakeDuration"_n,
                              "effectiveDosePeriod"_n,
                              "start"_n,
                              "end"_n,
                              "dosageInstruction"_n,
                              "asNeeded"_n,
                              "route"_n,
                              "doseQuantityValue"_n,
                              "doseQuantityCode"_n,
                              "frequency"_n,
                              "period"_n,
                              "periodUnit"_n,
                              "boundsDuration"_n,
                              "boundsDurationUnit"_n,
                              "when"_n,
                              "offset"_n,
                              "text"_n,
                              "interpretation"_n,
                              "substitution"_n,
                              "wasSubstituted"_n,
                              "elapsedTime"_n,
                              "severity"_n,
                              "bloodType"_n,
                              "dietPreference"_n,
                              "outcome"_n,
                              "dischargeNote"_n,
                              "daysHospitalized"_n,
                              "autopsyDate"_n,
                              "workability"_n,
                              "treatmentEnd"_n,
                              "medicalStatus"_n,
                              "index"_n,
                              "duration"_n,
                              "datePerformed"_n,
                              "supernumeralIndex"_n,
                              "condition"_n,
                              "location"_n,
                              "institution"_n,
                              "nhifInsuranceNumber"_n,
                              "prBookNumber"_n,
                              "gender"_n,
                              "nationality"_n,
                              "given"_n,
                              "middle"_n,
                              "family"_n,
                              "address"_n,
                              "country"_n,
                              "county"_n,
                              "ekatte"_n,
                              "city"_n,
                              "line"_n,
                              "postalCode"_n,
                              "phone"_n,
                              "email"_n,
                              "various"_n,
                              "age"_n,
                              "weight"_n,
                              "isPregnant"_n,
                              "isBreastFeeding"_n,
                              "nhifNumber"_n,
                              "accompanying"_n,
                              "dataType"_n,
                              "patientSignature"_n,
                              "warnings"_n};

template <std::size_t n>
constexpr auto sorted(std::array<Name, n> names) {
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.hash < b.hash; });
  return names;
}
constexpr auto kKeptByHash = sorted(kKept);
constexpr auto kPastByHash = sorted(kPast);

template <std::size_t n>
const Name* find(const std::array<Name, n>& names, std::string_view text) {
  const std::uint64_t hash = sources::name_hash(text);
  const auto at = std::lower_bound(names.begin(), names.end(), hash,
                                   [](const Name& name, std::uint64_t wanted) { return name.hash < wanted; });
  return at != names.end() && at->hash == hash && at->text() == text ? &*at : nullptr;
}

}  // namespace

Known known_name(std::string_view text) {
  if (const Name* kept = find(kKeptByHash, text)) return {*kept, true};
  return {{}, find(kPastByHash, text) != nullptr};
}

}  // namespace nhis
