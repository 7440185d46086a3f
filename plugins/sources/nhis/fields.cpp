#include "fields.hpp"

namespace nhis {
namespace {

using namespace sources::literals;

constexpr Field kExamination[] = {
    {Use::occurred, {"openDate"_n}},
    {Use::financing, {"financingSource"_n}},
    {Use::diagnosis, {"diagnosis"_n}},
    {Use::diagnosis, {"comorbidity"_n}},
    {Use::code, {"diagnosticReport"_n, "code"_n}, "nhis-activity"},
    {Use::reference, {"basedOn"_n}, "based-on"},
    {Use::reference, {"nrnConsultation"_n}, "consultation"},
    {Use::reference, {"documents"_n, "nrnReferral"_n}, "referral"},
    {Use::reference, {"documents"_n, "nrnPrescription"_n}, "prescription"},
    {Use::reference, {"documents"_n, "nrnImmunization"_n}, "immunization"},
    {Use::attribute, {"class"_n}, "nhis.class"},
    {Use::attribute, {"purpose"_n}, "nhis.purpose"},
    {Use::corrected, {"correctionDate"_n}},
};

constexpr Field kReferral[] = {
    {Use::occurred, {"authoredOn"_n}},
    {Use::financing, {"financingSource"_n}},
    {Use::diagnosis, {"diagnosis"_n}},
    {Use::diagnosis, {"comorbidity"_n}},
    {Use::code, {"laboratory"_n, "code"_n}, "nhis-activity"},
    {Use::code, {"specializedActivities"_n, "code"_n}, "nhis-activity"},
    {Use::code, {"hospitalization"_n, "clinicalPathway"_n}, "kp"},
    {Use::code, {"hospitalization"_n, "outpatientProcedure"_n}, "apr"},
    {Use::qualification, {"consultation"_n, "qualification"_n}, "nhis.referred-to"},
    {Use::qualification, {"specializedActivities"_n, "qualification"_n}, "nhis.referred-to"},
    {Use::reference, {"basedOn"_n}, "based-on"},
    {Use::attribute, {"category"_n}, "nhis.category"},
};

constexpr Field kPrescription[] = {
    {Use::occurred, {"authoredOn"_n}},
    {Use::financing, {"financingSource"_n}},
    {Use::medication, {"group"_n, "medication"_n}},
    {Use::reference, {"basedOn"_n}, "based-on"},
    {Use::attribute, {"category"_n}, "nhis.category"},
};

constexpr Field kImmunization[] = {
    {Use::occurred, {"occurrence"_n}},
    {Use::code, {"targetDisease"_n}, "icd10"},
    {Use::reference, {"basedOn"_n}, "based-on"},
};

constexpr Field kStay[] = {
    {Use::occurred, {"admissionDate"_n}},
    {Use::discharged, {"dischargeDate"_n}},
    {Use::financing, {"financingSource"_n}},
    {Use::facility, {"practiceNumber"_n}},
    {Use::code, {"clinicalPathway"_n}, "kp"},
    {Use::code, {"outpatientProcedure"_n}, "apr"},
    {Use::code, {"dischargeClinicalPathway"_n}, "out.kp"},
    {Use::code, {"dischargeOutpatientProcedure"_n}, "out.apr"},
    {Use::reference, {"basedOn"_n}, "based-on"},
    {Use::attribute, {"admissionType"_n}, "nhis.admission-type"},
    {Use::text, {"journalNumber"_n}, "nhis.journal-number"},
    {Use::deceased, {"deceasedDate"_n}},
    {Use::corrected, {"correctionReason"_n}},
};

constexpr Field kDental[] = {
    {Use::occurred, {"treatmentStart"_n}},
    {Use::procedure, {"dentalProcedure"_n}},
    {Use::reference, {"basedOn"_n}, "based-on"},
    {Use::reference, {"documents"_n, "nrnReferral"_n}, "referral"},
};

constexpr Field kNotice[] = {
    {Use::occurred, {"authoredOn"_n}},           {Use::code, {"code"_n}, "icd10"},
    {Use::reference, {"basedOn"_n}, "based-on"}, {Use::period, {"fromDate"_n}, "period.from"},
    {Use::period, {"toDate"_n}, "period.to"},
};

}  // namespace

std::span<const Field> fields_of(Kind kind) {
  switch (kind) {
    case Kind::examination: return kExamination;
    case Kind::referral: return kReferral;
    case Kind::prescription: return kPrescription;
    case Kind::immunization: return kImmunization;
    case Kind::stay: return kStay;
    case Kind::dental: return kDental;
    case Kind::notice: return kNotice;
    case Kind::none: break;
  }
  return {};
}

}  // namespace nhis
