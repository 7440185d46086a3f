#include "party.hpp"

#include "elements.hpp"
#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/rules.hpp"

namespace nhis {
namespace {

using namespace sources::literals;
using sources::Fault;
using sources::Node;
using vestitel::Date;

// The place of what is told of, or, if it is not there, of what should hold it.
Node placed(Node node, Node around) { return node ? node : around; }

Fault read_egn(Node at, std::string_view id, const Date& today, Slip& slip, std::optional<Date>& born) {
  vestitel::Egn egn;
  const vestitel::EgnFault wrong = vestitel::check_egn(id, egn);
  if (wrong != vestitel::EgnFault::none) return {"identifier", std::string(vestitel::describe(wrong)), at.place()};
  if (today < egn.birth) return {"identifier", "its date of birth lies in the future", at.place()};
  slip.subject.kind = VESTITEL_EGN;
  born = egn.birth;
  return {};
}

// By the declared type, and no other.
Fault read_identifier(Node declared, Node at, std::string_view type, const Settings& settings, Slip& slip) {
  const std::string_view id = slip.subject.id;
  if (type == "2") {
    slip.subject.kind = VESTITEL_LNCH;
    return vestitel::is_lnch(id) ? Fault{} : Fault{"identifier", "is declared an LNCH and is none", at.place()};
  }
  if (type == "3") {
    slip.subject.kind = VESTITEL_NAP;
    const bool fits = id.size() <= sources::kLongestId && vestitel::is_digits(id, id.size());
    return fits ? Fault{} : Fault{"identifier", "is not a number of at most 20 digits", at.place()};
  }
  if (type == "5" && settings.other_is_ehic) {
    slip.subject.kind = VESTITEL_EHIC;
    return check_text(at, "identifier"_n, id);
  }
  const char* reason = type == "4"   ? "a passport tells nobody apart for the hub"
                       : type == "5" ? "another document tells nobody apart for the hub"
                       : type == "6" ? "a newborn without a number of its own"
                                     : "is missing, or none of 1 to 6";
  return {"identifierType", reason, declared.place()};
}

Fault read_birth(Node node, std::string_view text, const Date& today, const std::optional<Date>& born, Slip& slip) {
  const auto birth = vestitel::parse_date(text);
  if (!birth) return {"birthDate", "is not a day written YYYY-MM-DD", node.place()};
  if (today < *birth) return {"birthDate", "lies in the future", node.place()};
  if (born && !(*born == *birth)) slip.warnings.push_back("birth-date-differs");
  slip.subject.birth = text;
  return {};
}

// Specialty, role and deputy of who performed it.
Fault read_role(Node node, Slip& slip) {
  std::string_view role, deputy;
  const Node qualification = node.child("qualification"_n);
  const std::string_view specialty = qualification.attr("nhifCode"_n);
  if (Fault f = check_text(placed(qualification, node), "qualification"_n, specialty)) return f;
  if (Fault f = read_single(node, "role"_n, role)) return f;
  if (Fault f = check_text(node, "role"_n, role)) return f;
  if (Fault f = read_single(node, "pmiDeputy"_n, deputy)) return f;
  if (!deputy.empty() && !vestitel::is_uin(deputy)) {
    return {"pmiDeputy", "is not a practitioner's number", node.child("pmiDeputy"_n).place()};
  }
  slip.performer.specialty = specialty;
  if (!role.empty()) slip.items.push_back({Item::Use::attribute, "nhis.role", role, {}, {}, false});
  if (!deputy.empty()) slip.items.push_back({Item::Use::attribute, "nhis.deputy", deputy, {}, {}, false});
  return {};
}

}  // namespace

Fault read_subject(Node body, const Settings& settings, const Date& today, Slip& slip) {
  const Node node = body.child("subject"_n);
  if (!node) return {"subject", "is missing", body.place()};
  if (const Node again = node.next("subject"_n)) return {"subject", "stands twice", again.place()};
  std::string_view type, id, birth;
  if (Fault f = read_single(node, "identifierType"_n, type)) return f;
  if (Fault f = read_single(node, "identifier"_n, id)) return f;
  if (Fault f = read_single(node, "birthDate"_n, birth)) return f;
  const Node at = placed(node.child("identifier"_n), node);
  if (id.empty()) return {"identifier", "is missing or empty", at.place()};
  slip.subject.id = id;
  std::optional<Date> born;
  const Node declared = placed(node.child("identifierType"_n), node);
  const Fault wrong =
      type == "1" ? read_egn(at, id, today, slip, born) : read_identifier(declared, at, type, settings, slip);
  if (wrong) return wrong;
  return birth.empty() ? Fault{} : read_birth(node.child("birthDate"_n), birth, today, born, slip);
}

Fault read_performer(Node body, Slip& slip) {
  const Node node = placed(body.child("performer"_n), body.child("requester"_n));
  if (!node) return {"performer", "is missing", body.place()};
  std::string_view uin, practice, area;
  if (Fault f = read_single(node, "pmi"_n, uin)) return f;
  if (!vestitel::is_uin(uin)) {
    return {"pmi", "is missing, or not a practitioner's number", placed(node.child("pmi"_n), node).place()};
  }
  if (Fault f = read_single(node, "practiceNumber"_n, practice)) return f;
  if (practice.empty()) return {"practiceNumber", "is missing or empty", node.place()};
  if (Fault f = read_facility(node.child("practiceNumber"_n), "practiceNumber"_n, practice, slip)) return f;
  if (Fault f = read_single(node, "rhifAreaNumber"_n, area)) return f;
  const std::string_view region = area.substr(0, 2);
  if (vestitel::is_digits(area, 4) && region >= "01" && region <= "28") slip.region = region;
  slip.performer.uin = uin;
  return read_role(node, slip);
}

Fault read_facility(Node node, sources::Name name, std::string_view value, Slip& slip) {
  const std::string_view region = sources::region_of(value);
  if (region.empty()) return {name.text(), "is not a facility's number of ten digits", node.place()};
  slip.facility = value;
  slip.region = region;
  return {};
}

}  // namespace nhis
