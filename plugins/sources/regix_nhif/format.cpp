#include "answer.hpp"

namespace regix_nhif {
namespace {

using sources::Name, sources::Within;
using namespace sources::literals;

constexpr Name kRoots[] = {"Envelope"_n,
                           "ReportExamsResponse"_n,
                           "PatientRecordLaboratoryResponse"_n,
                           "PatientRecordHospitalizationsResponse"_n,
                           "PatientRecordDentalResponse"_n,
                           "PatientRecordMedicalTreatmentsResponse"_n,
                           "PatientRecordClinicalProceduresResponse"_n,
                           "PatientRecordDrugsByHospitalizationsResponse"_n,
                           "PatientRecordDrugsbyClinicalProceduresResponse"_n};

constexpr std::string_view kNamespaces[] = {
    "http://egov.bg/RegiX/NHIF/Response", "http://egov.bg/RegiX/NHIF/NHIFCommon", "http://egov.bg/RegiX/NHIF/Request",
    "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"};

constexpr Within kHead[] = {{Name{}, "Identifier"_n}, {Name{}, "IdentifierType"_n}};

constexpr Within kRecords[] = {{"Body"_n, "Fault"_n},
                               {"ReportExams"_n, "ReportExam"_n},
                               {"PatientRecordLaboratories"_n, "PatientRecordLaboratory"_n},
                               {"PatientRecordHospitalizations"_n, "PatientRecordHospitalization"_n},
                               {"PatientRecordDentals"_n, "PatientRecordDental"_n},
                               {"PatientRecordMedicalTreatments"_n, "PatientRecordMedicalTreatment"_n},
                               {"PatientRecordClinicalProcedures"_n, "PatientRecordClinicalProcedure"_n}};

// As the schemas have them, their misspellings included.
constexpr Name kKnown[] = {"Header"_n,
                           "faultcode"_n,
                           "faultstring"_n,
                           "PatientIdentificator"_n,
                           "BranchName"_n,
                           "MSP"_n,
                           "MSPCode"_n,
                           "MSPName"_n,
                           "Address"_n,
                           "Practitioner"_n,
                           "DeputyPractitioner"_n,
                           "UINNumber"_n,
                           "PractitionerName"_n,
                           "PractitioneerName"_n,
                           "PractitionerSpecialityCode"_n,
                           "PractitionerSpecialityName"_n,
                           "PractitionerUIN"_n,
                           "PractitionerNames"_n,
                           "AmbulatoryList"_n,
                           "AmbulatoryListNumber"_n,
                           "AmbulatoryListDate"_n,
                           "ExamType"_n,
                           "ICD"_n,
                           "MainICD"_n,
                           "MainICDCode"_n,
                           "MainICDName"_n,
                           "AttachedICD"_n,
                           "AttachedICDCode"_n,
                           "AttachedICDName"_n,
                           "ICDCode"_n,
                           "ICDName"_n,
                           "AttachedICD1"_n,
                           "AttachedICD1Code"_n,
                           "AttachedICD1Name"_n,
                           "AttachedICD2"_n,
                           "AttachedICD2Code"_n,
                           "AttachedICD2Name"_n,
                           "AttachedICD3"_n,
                           "AttachedICD3Code"_n,
                           "AttachedICD3Name"_n,
                           "ICDClinicalManipulationCode"_n,
                           "ICDClinicalManipulationName"_n,
                           "Lab"_n,
                           "ReferralNumber"_n,
                           "Observation"_n,
                           "ObservationCode"_n,
                           "ObservationName"_n,
                           "ActivityDate"_n,
                           "ClinicalPath"_n,
                           "ClinicalPathCode"_n,
                           "ClinicalPathName"_n,
                           "DateFrom"_n,
                           "DateTo"_n,
                           "BedDays"_n,
                           "DentalActivity"_n,
                           "DentalActivityCode"_n,
                           "DentalActivityName"_n,
                           "ToothCode"_n,
                           "Price"_n,
                           "Pharmacy"_n,
                           "Prescription"_n,
                           "PresctiptionNumber"_n,
                           "PresctiptionDate"_n,
                           "Sender"_n,
                           "DispensedDate"_n,
                           "MedicalSupply"_n,
                           "MedicalSupplyCode"_n,
                           "MedicalSupplyDescription"_n,
                           "PrescribedQuantity"_n,
                           "UnitPrice"_n,
                           "ClinicalProcedure"_n,
                           "ClinicalProcedureCode"_n,
                           "ClinicalProcedureName"_n};

// Texts whose form is not documented, and the medicines of a stay or a procedure, which are details of another record.
constexpr Name kSkipped[] = {"ImmunisationsInfo"_n, "VSDInfo"_n, "ImplantsInfo"_n,
                             "PatientRecordDrugsByHospitalizations"_n, "PatientRecordDrugsbyClinicalProcedures"_n};

}  // namespace

const sources::Format kFormat = {kRoots, kNamespaces, kHead, kRecords, kKnown, kSkipped};

}  // namespace regix_nhif
