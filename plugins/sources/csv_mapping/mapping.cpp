#include "plugins/sources/csv_mapping/mapping.hpp"

#include <algorithm>
#include <array>

namespace csv_mapping {
namespace {

constexpr std::array<std::string_view, 21> kTypes = {
    "activity.outpatient",         "activity.dental",         "activity.hospital.admission",
    "activity.hospital.discharge", "activity.procedure",      "activity.laboratory",
    "document.prescription",       "document.dispensation",   "document.referral",
    "document.immunization",       "document.medical-notice", "insurance.status-changed",
    "gp.choice-changed",           "gp.contract-terminated",  "gp.unavailable",
    "gp.temporary-ending",         "document.expiring",       "contact.changed",
    "guardianship.changed",        "objection.raised",        "objection.answered"};

}  // namespace

std::uint16_t kind_of(Type type) {
  switch (type) {
    case Type::egn: return VESTITEL_EGN;
    case Type::lnch: return VESTITEL_LNCH;
    case Type::nap: return VESTITEL_NAP;
    case Type::ehic: return VESTITEL_EHIC;
    case Type::uin: return VESTITEL_UIN;
    default: return 0;
  }
}

std::uint16_t kind_named(std::string_view name) {
  if (name == "egn") return VESTITEL_EGN;
  if (name == "lnch") return VESTITEL_LNCH;
  if (name == "nap") return VESTITEL_NAP;
  if (name == "ehic") return VESTITEL_EHIC;
  return name == "uin" ? VESTITEL_UIN : 0;
}

std::uint16_t revision_named(std::string_view name) {
  if (name == "new") return VESTITEL_NEW;
  if (name == "corrected") return VESTITEL_CORRECTED;
  return name == "annulled" ? VESTITEL_ANNULLED : 0;
}

bool is_event_type(std::string_view type) { return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end(); }

bool Template::constant() const {
  return std::all_of(parts.begin(), parts.end(), [](const Part& part) { return part.kind == Part::Kind::text; });
}

std::size_t Template::column() const {
  const bool plain = parts.size() == 1 && parts[0].kind == Part::Kind::column && parts[0].table == kNone;
  return plain ? parts[0].column : kNone;
}

}  // namespace csv_mapping
