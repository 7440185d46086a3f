#include "kinds.hpp"

namespace nhis {
namespace {

using K = Kind;
using P = Part;

constexpr Meaning kMeanings[] = {
    {"X001", K::examination, P::open},
    {"X002", K::examination, P::reply, P::open},
    {"X003", K::examination, P::close},
    {"X004", K::examination, P::reply, P::close, '2'},
    {"X006", K::examination, P::fetched},
    {"X007", K::examination, P::cancel},
    {"X008", K::examination, P::reply, P::cancel, '3'},
    {"X009", K::examination, P::correct},
    {"X010", K::examination, P::reply, P::correct},
    {"X013", K::examination, P::issue},
    {"X014", K::examination, P::reply, P::issue},
    {"R001", K::referral, P::issue},
    {"R002", K::referral, P::reply, P::issue},
    {"R007", K::referral, P::cancel},
    {"R008", K::referral, P::reply, P::cancel, '4'},
    {"R016", K::referral, P::fetched},
    {"P001", K::prescription, P::issue},
    {"P002", K::prescription, P::reply, P::issue},
    {"P007", K::prescription, P::cancel},
    {"P008", K::prescription, P::reply, P::cancel, '5', '6'},
    {"P014", K::prescription, P::dispensed},
    {"I001", K::immunization, P::issue},
    {"I002", K::immunization, P::reply, P::issue},
    {"I011", K::immunization, P::cancel},
    {"I012", K::immunization, P::reply, P::cancel},
    {"H002", K::stay, P::fetched},
    {"D001", K::dental, P::issue},
    {"D002", K::dental, P::reply, P::issue},
    {"D003", K::dental, P::correct},
    {"D004", K::dental, P::reply, P::correct},
    {"D007", K::dental, P::cancel},
    {"D008", K::dental, P::reply, P::cancel, '3'},
    {"C041", K::notice, P::issue},
    {"C042", K::notice, P::reply, P::issue},
    {"C045", K::notice, P::cancel},
    {"C046", K::notice, P::reply, P::cancel, '2'},
    // Laboratory results and dispensings: the messages are known, what stands in them is not.
    {"R005", K::none, P::unread},
    {"C007", K::none, P::unread},
    {"C009", K::none, P::unread},
    {"P005", K::none, P::unread},
    {"P011", K::none, P::unread},
    {"P015", K::none, P::unread},
};

constexpr Meaning kNoActivity = {"", K::none, P::none};

using namespace sources::literals;
constexpr KindNames kNames[] = {
    {"", "", {}, "record"_n, 0, 0},
    {"exam", "activity.outpatient", "nrnExamination"_n, "examination"_n, '1', '3'},
    {"referral", "document.referral", "nrnReferral"_n, "referral"_n, 0, '4'},
    {"rx", "document.prescription", "nrnPrescription"_n, "prescription"_n, 0, '5'},
    {"immun", "document.immunization", "nrnImmunization"_n, "immunization"_n, 0, 0},
    {"hosp", "", "nrnHospitalization"_n, "hospitalization"_n, '1', 0},
    {"dental", "activity.dental", "nrnDental"_n, "dentalTreatment"_n, 0, '3'},
    {"notice", "document.medical-notice", "nrnMedicalNotice"_n, "medicalNotice"_n, 0, '2'},
};

bool has_form(std::string_view type) {
  if (type.size() != 4 || type[0] < 'A' || type[0] > 'Z') return false;
  for (const char c : type.substr(1)) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

}  // namespace

const Meaning* meaning_of(std::string_view type) {
  for (const Meaning& meaning : kMeanings) {
    if (type == meaning.type) return &meaning;
  }
  return has_form(type) ? &kNoActivity : nullptr;
}

const KindNames& names_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

}  // namespace nhis
