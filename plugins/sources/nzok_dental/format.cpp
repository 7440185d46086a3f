#include "report.hpp"

namespace nzok_dental {
namespace {

using sources::Name, sources::Within;
using namespace sources::literals;

constexpr Name kRoots[] = {"report"_n};
// Today's, and that of the files before October 2022.
constexpr std::string_view kNamespaces[] = {"http://nhif.bg/xsd/dental", "http://localhost"};
constexpr Within kRecords[] = {{"dentalCareServices"_n, "dentalCareService"_n}};

constexpr Name kKnown[] = {
    // of the report
    "practiceName"_n, "bulstat"_n, "RCZCode"_n, "contractNo"_n, "dentistName"_n, "dentistSpec"_n,
    "dentistPersonalCode"_n, "RHIF"_n, "startFrom"_n, "endTo"_n, "dentalServiceType"_n,
    // of a sheet
    "personType"_n, "personIdentifier"_n, "RHIFCode"_n, "healthRegionCode"_n, "birthDate"_n, "personFirstName"_n,
    "personMiddleName"_n, "personLastName"_n, "countryCode"_n, "IICode"_n, "documentType"_n, "validTo"_n, "validFrom"_n,
    "EHICNumber"_n, "PICode"_n, "specificationType"_n, "ambulatorySheetNo"_n, "HIRBNo"_n, "unfavorableCondition"_n,
    "unfavourableCondition"_n, "substitute"_n, "DentalTechnicianCode"_n, "Sign"_n,
    // of its services and referrals
    "services"_n, "service"_n, "date"_n, "diagnosis"_n, "toothCode"_n, "activityCode"_n, "ACHIcode"_n,
    "serviceDuration"_n, "medicalReferrals"_n, "medicalReferral"_n, "pathwayNo"_n, "MRType"_n, "specCode"_n,
    "HSACode"_n, "ICDCode"_n, "MDAReferrals"_n, "MDAReferral"_n, "codes"_n, "code"_n, "name"_n};

// The state of the mouth and of health, and what carries no number.
constexpr Name kSkipped[] = {"allergies"_n, "pastDiseases"_n, "currentDiseases"_n, "teeth"_n, "prescSpecialists"_n};

}  // namespace

const sources::Format kFormat = {kRoots, kNamespaces, {}, kRecords, kKnown, kSkipped};

}  // namespace nzok_dental
