#include "tags.hpp"

namespace nzok_amblist {
namespace {

struct Name {
  const char* name;
  Tag tag;
  const char* purpose = nullptr;
};

constexpr Name kNames[] = {
    {"Practice", Tag::practice},
    {"PracticeCode", Tag::practice_code},
    {"PracticeName", Tag::practice_name},
    {"DateFrom", Tag::date_from},
    {"DateTo", Tag::date_to},
    {"Doctor", Tag::doctor},
    {"UIN", Tag::uin},
    {"EGN", Tag::egn},
    {"FullName", Tag::full_name},
    {"SIMPCode", Tag::simp_code},
    {"UINH_S", Tag::substitute_uin},
    {"FullNameH_S", Tag::substitute_name},
    {"AmbList", Tag::amb_list},
    {"NoAl", Tag::no_al},
    {"dataAl", Tag::data_al},
    {"time", Tag::time},
    {"Pay", Tag::pay},
    {"Patient", Tag::patient},
    {"SS_No", Tag::ss_no},
    {"EHIC_No", Tag::ehic_no},
    {"PersID_No", Tag::pers_id_no},
    {"dateBirth", Tag::date_birth},
    {"MainDiag", Tag::part},
    {"Procedure", Tag::part},
    {"SIMPList", Tag::part},
    {"VisitFor", Tag::part},
    {"PrimaryVisit", Tag::primary_visit},
    {"SecondaryVisit", Tag::secondary_visit},
    {"imeMD", Tag::main_name},
    {"imeD", Tag::main_name},
    {"MKB", Tag::main_code},
    {"imeLinkD", Tag::link_name},
    {"MKBLinkD", Tag::link_code},
    {"imeP", Tag::procedure_name},
    {"kodP", Tag::procedure_code},
    {"CountP", Tag::procedure_count},
    {"NoNapr", Tag::no_napr},
    {"NoAmbL", Tag::no_amb_l},
    {"ExamType", Tag::exam_type},
    {"SendedFrom", Tag::sended_from},
    {"kodSp", Tag::specialist_specialty},
    {"NoN", Tag::specialist_number},
    {"SIMPMKB", Tag::specialist_diagnosis},
    {"kodSpVSD", Tag::activity_specialty},
    {"NoNVSD", Tag::activity_number},
    {"kodVSD", Tag::activity_code},
    {"VSDMKB", Tag::activity_diagnosis},
    {"MDD", Tag::laboratory},
    {"NoMDD", Tag::laboratory_number},
    {"kodMDD", Tag::laboratory_code},
    {"MDDMKB", Tag::laboratory_diagnosis},
    {"CodeImun", Tag::immunization},
    {"Consult", Tag::purpose, "consultation"},
    {"Disp", Tag::purpose, "dispensary"},
    {"Babycare", Tag::purpose, "baby-care"},
    {"RpHosp", Tag::purpose, "hospital-prescription"},
    {"LKKVisit", Tag::purpose, "medical-board"},
    {"Telk", Tag::purpose, "disability-board"},
    {"Child", Tag::purpose, "child"},
    {"Mother", Tag::purpose, "mother"},
    {"Over18", Tag::purpose, "over-18"},
    {"Risk", Tag::purpose, "risk-group"},
    {"Hosp", Tag::purpose, "hospital"},
    // Containers whose content is not the sheet's own.
    {"Name", Tag::opaque},
    {"Therapy", Tag::opaque},
    {"Docs", Tag::opaque},
    {"Reimbursible", Tag::opaque},
    {"RpDrug", Tag::opaque},
    {"HList", Tag::opaque},
};

constexpr const char* kIgnored[] = {
    "ContractNo", "ContractDate", "ContrHA", "RZOK",     "ZdrRajon",          "Given",       "Sur",
    "Family",     "Address",      "Disadv",  "Anamnesa", "IsHealthInsurance", "HState",      "Examine",
    "VidNapr",    "Nonreimburce", "NaprFor", "dateNapr", "dateAmbL",          "TalonTELK",   "Izvestie",
    "EtEpikriza", "MedicalNote",  "Sign",    "Sex",      "COUNTRYCODE",       "COUNTRYIDNO", "Type_CERTIFICATE",
    "DateIssue",  "Type",         "Value",   "GestWeek", "CountLKKMembers",   "Mantu",       "SpFor",
    "VSDFor",     "HospVSD",      "MDDFor",  "HospMKB",  "PathNum",           "DateNapr",    "NoLKK",
    "CodeSpec",   "TypeLKK",      "RpBook",  "DrugCode", "DrugMKB",           "Quantity",    "Day",
    "prescNum",   "NoBl",         "days",    "HLMKB",    "HLFromDate",        "HLToDate",    "HLtype",
    "H_S",        "Incidentally"};

}  // namespace

const char* name_of(Tag tag) {
  for (const Name& entry : kNames) {
    if (entry.tag == tag && tag != Tag::part && tag != Tag::opaque && tag != Tag::purpose) return entry.name;
  }
  return "element";
}

TagTable::TagTable(xmlDict* dict) {
  const auto enter = [&](const char* name, Found found) {
    const xmlChar* known = xmlDictLookup(dict, reinterpret_cast<const xmlChar*>(name), -1);
    std::size_t i = slot(known);
    while (slots_[i].name != nullptr) i = (i + 1) % kSlots;
    slots_[i] = {known, found};
  };
  for (const Name& entry : kNames) enter(entry.name, {entry.tag, entry.purpose});
  for (const char* name : kIgnored) enter(name, {Tag::ignored, nullptr});
}

}  // namespace nzok_amblist
