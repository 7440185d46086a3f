#include "procedure.hpp"

namespace nzok_clpr {
namespace {

using sources::Name, sources::Within;
using namespace sources::literals;

constexpr Name kRoot = "HOSP_Practice"_n;
constexpr Name kRoots[] = {kRoot};
constexpr Within kHead[] = {
    {kRoot, "PracticeCode"_n}, {kRoot, "PracticeName"_n}, {kRoot, "DateFrom"_n}, {kRoot, "DateTo"_n}};
constexpr Within kRecords[] = {{kRoot, "Napr_Proc"_n}, {kRoot, "Disp_Observ"_n}, {kRoot, "APr_Commission"_n}};

constexpr Name kKnown[] = {
    "ZdrRajon"_n, "fileType"_n,
    // the person
    "Patient"_n, "COUNTRYCODE"_n, "Institution_ID"_n, "Institution_Name"_n, "Type_CERTIFICATE"_n, "DateIssue"_n,
    "EHIC_No"_n, "PersID_No"_n, "EGN"_n, "LNCH"_n, "SS_No"_n, "dateBirth"_n, "Lead_Doc_Name"_n, "Sex"_n, "personType"_n,
    "patientBranch"_n, "patientHRegion"_n,
    // of a procedure
    "Sender"_n, "SenderType"_n, "UIN"_n, "DoctorName"_n, "CPr_Send"_n, "APr_Send"_n, "TypeProc_Send"_n, "Date_Send"_n,
    "CPr_Priem"_n, "APr_Priem"_n, "MedicalWard"_n, "TypeProc_Priem"_n, "Proc_Refuse"_n, "ceasedClinicalPath"_n,
    "ceasedProc"_n, "ceasedOnly"_n, "code"_n, "IZMedicalWard"_n, "IZYearMedicalWard"_n, "IZNum_Child"_n,
    "IZYear_Child"_n, "Date_FirstVisit"_n, "Date_PlanPriem"_n, "plannedNo"_n, "UIN_PriemDoc"_n, "Name_PriemDoc"_n,
    "MainDiag"_n, "MainDiag1"_n, "MainDiag2"_n, "AddDiag"_n, "imeMD"_n, "MKB"_n, "imeLinkD"_n, "MKBLinkD"_n,
    "BirthPractice"_n, "BirthNum"_n, "BirthGestWeek"_n, "sendPackageType"_n, "PackageType"_n, "Date_Proc_Begin"_n,
    "Date_Proc_End"_n, "Done_New_Proc"_n, "Code_Proc"_n, "Date_Proc"_n, "ACHIcode"_n, "Used_Drug"_n, "Drug_Code"_n,
    "Drug_Date"_n, "Drug_Name"_n, "Drug_Quantity"_n, "Drug_Cost"_n, "ICD_drug"_n, "UIN_prescr"_n, "No_prescr"_n,
    "date_prescr"_n, "PracticeCode_Protocol"_n, "No_Protocol"_n, "date_Protocol"_n, "type_Protocol"_n, "Procedure"_n,
    "imeP"_n, "kodP"_n, "All_Done_Proc"_n, "All_Days"_n, "All_Drug_Cost"_n, "redirectedClinicalPath"_n,
    "redirectedProc"_n, "pacientStatus"_n, "EndCourse11_12"_n, "outUin"_n, "Sign"_n, "NZOKPay"_n,
    // of a dispensary visit
    "Doctor"_n, "UIN_Doc"_n, "Name_Doc"_n, "CodeSpec"_n, "Disp_Num"_n, "Disp_Date"_n, "Disp_Time"_n, "APr_Code"_n,
    "Diag_Date"_n, "Dispanser_Date"_n, "Disp_Visit"_n, "CodeSpec_Consult"_n, "VSD"_n, "imeVSD"_n, "kodVSD"_n, "MDI"_n,
    "imeMDI"_n, "kodMDI"_n,
    // of a commission's decision
    "Spec_Commission"_n, "No_Decision"_n, "date_Decision"_n, "Chairman"_n, "Spec"_n};

// Names and addresses, narrative, and what is no activity: a request for a procedure, protocols, stocks, transfers.
constexpr Name kSkipped[] = {"Given"_n,
                             "Sur"_n,
                             "Family"_n,
                             "Address"_n,
                             "Notes"_n,
                             "Anamnesa"_n,
                             "HState"_n,
                             "Therapy"_n,
                             "Ver_Code"_n,
                             "Done_Proc"_n,
                             "Members"_n,
                             "APr38"_n,
                             "APr05"_n,
                             "In_Clin_Proc"_n,
                             "Protocol_DrugTherapy"_n,
                             "Drug_Residues"_n,
                             "PatientTransfers"_n,
                             "Drug_Packs"_n};

}  // namespace

const sources::Format kFormat = {kRoots, {}, kHead, kRecords, kKnown, kSkipped};

}  // namespace nzok_clpr
