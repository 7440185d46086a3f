#include "stay.hpp"

namespace nzok_cpfile {
namespace {

using sources::Name, sources::Within;
using namespace sources::literals;

constexpr Name kRoots[] = {"cpFile"_n};
constexpr Within kHead[] = {{"cpFile"_n, "Practice"_n}};
constexpr Within kRecords[] = {{"cpFile"_n, "In"_n}, {"cpFile"_n, "Out"_n}};

constexpr Name kKnown[] = {
    "branch"_n, "no"_n, "name"_n, "healthRegion"_n, "address"_n, "fileType"_n, "dateFrom"_n, "dateTo"_n,
    // the person
    "Patient"_n, "COUNTRYCODE"_n, "Institution_ID"_n, "Institution_Name"_n, "Type_CERTIFICATE"_n, "DateFrom"_n,
    "DateTo"_n, "DateIssue"_n, "EHIC_No"_n, "PersID_No"_n, "EGN"_n, "LNCH"_n, "SS_No"_n, "dateBirth"_n,
    "Lead_Doc_Name"_n, "Sex"_n, "personType"_n,
    // how the stay began
    "patientBranch"_n, "patientHRegion"_n, "inType"_n, "Sender"_n, "uin"_n, "deputyUin"_n, "speciality"_n, "NumNapr"_n,
    "sendDate"_n, "sendDiagnose"_n, "primary"_n, "secondary"_n, "sendUrgency"_n, "sendPackageType"_n,
    "sendClinicalPath"_n, "sendAPr"_n, "examinationDate"_n, "plannedEntryDate"_n, "plannedNo"_n, "diagnose"_n,
    "urgency"_n, "packageType"_n, "clinicalPath"_n, "InAPr"_n, "NZOKPay"_n, "inMedicalWard"_n, "entryDate"_n,
    "severity"_n, "delay"_n, "payer"_n, "ageInDays"_n, "weightInGrams"_n, "birthWeight"_n, "motherIZYear"_n,
    "motherIZNo"_n, "IZYear"_n, "IZNo"_n,
    // how it ended
    "outMedicalWard"_n, "outUin"_n, "outDate"_n, "outType"_n, "dead"_n, "BirthPractice"_n, "BirthNum"_n,
    "BirthGestWeek"_n, "resign"_n, "OutRefuse"_n, "Redirected"_n, "Practice"_n, "Diagnose"_n, "outClinicalPath"_n,
    "outAPr"_n, "outMainDiag"_n, "outDiags"_n, "UsedDrug"_n, "date"_n, "code"_n, "quantity"_n, "cost"_n, "ICD_drug"_n,
    "UIN_prescr"_n, "No_prescr"_n, "date_prescr"_n, "PracticeCode_Protocol"_n, "No_Protocol"_n, "date_Protocol"_n,
    "type_Protocol"_n, "Procedures"_n, "ACHIcode"_n, "outHosp"_n, "bedDays"_n, "HLDateFrom"_n, "HLNo"_n,
    "HLTotalDays"_n, "stateAtDischarge"_n, "Laparoscopic"_n, "Pathologic_Finding"_n, "EndCourse"_n};

// Names and addresses, narrative, what is no stay, and plans: who is only expected has nothing to be told of.
constexpr Name kSkipped[] = {"Given"_n,
                             "Sur"_n,
                             "Family"_n,
                             "Address"_n,
                             "Notes"_n,
                             "epicrisis"_n,
                             "IZinDetail"_n,
                             "histologicalResult"_n,
                             "Link_Media"_n,
                             "Implant"_n,
                             "Ver_Code"_n,
                             "Planned"_n,
                             "Protocol_DrugTherapy"_n,
                             "Drug_Residues"_n,
                             "PatientTransfers"_n,
                             "Drug_Packs"_n};

}  // namespace

const sources::Format kFormat = {kRoots, {}, kHead, kRecords, kKnown, kSkipped};

}  // namespace nzok_cpfile
