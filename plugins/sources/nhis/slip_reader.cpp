#include "slip_reader.hpp"

#include <algorithm>

#include "fields.hpp"
#include "plugins/sources/common/one_line.hpp"
#include "plugins/sources/common/rules.hpp"
#include "values.hpp"

namespace nhis {
namespace {

using namespace sources::literals;
using sources::Fault;
using sources::Name;
using sources::Node;

constexpr std::size_t kItems = 256, kLongest = 20;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// The value of a leaf, as the format has it: in the attribute `value`, and nowhere else.
Fault read_value(Node node, Name name, std::string_view& value) {
  if (!node.leaf()) return {name.text, "holds elements, where a value belongs", node.place()};
  if (!node.text().empty()) return {name.text, "holds a text, where the attribute value belongs", node.place()};
  if (!node.has_attr("value"_n)) return {name.text, "has no attribute value", node.place()};
  if (node.overlong()) return {name.text, "is longer than 2,000 bytes", node.place()};
  value = node.attr("value"_n);
  return {};
}

// Of an element that stands at most once below `parent`; missing and empty are the same.
Fault read_single(Node parent, Name name, std::string_view& value) {
  const Node node = parent.child(name);
  value = {};
  if (!node) return {};
  if (const Node again = node.next(name)) return {name.text, "stands twice", again.place()};
  return read_value(node, name, value);
}

}  // namespace

Fault read_header(Node node, Header& header) {
  if (!node) return {"header", "is missing", {}};
  std::string_view type, created, id, sender, recipient;
  if (Fault f = read_single(node, "messageType"_n, type)) return f;
  if (Fault f = read_single(node, "createdOn"_n, created)) return f;
  if (Fault f = read_single(node, "messageId"_n, id)) return f;
  if (Fault f = read_single(node, "senderId"_n, sender)) return f;
  if (Fault f = read_single(node, "recipientId"_n, recipient)) return f;
  const auto place = [&](Name name) { return node.child(name) ? node.child(name).place() : node.place(); };
  header.meaning = meaning_of(type);
  if (header.meaning == nullptr) return {"messageType", "is missing, or no type of a message", place("messageType"_n)};
  const auto instant = parse_instant(created);
  if (!instant) return {"createdOn", "is missing, or no instant with its zone", place("createdOn"_n)};
  if (!is_uuid(id)) return {"messageId", "is missing, or no UUID", place("messageId"_n)};
  header.created_us = *instant;
  header.type = type;
  header.id = lower(id);
  header.sender = sender;
  header.recipient = recipient;
  return {};
}

namespace {

class SlipReader {
 public:
  SlipReader(sources::Tree& tree, Node body, const Settings& settings, const vestitel::Date& today, Slip& slip)
      : tree_(tree),
        body_(body),
        settings_(settings),
        today_(today),
        slip_(slip),
        names_(names_of(slip.meaning->kind)) {}

  Fault read() {
    record_ = body_.child(Name{sources::name_hash(names_.noun), names_.noun});
    const Part part = slip_.meaning->part;
    if (!record_ && part != Part::reply && part != Part::cancel) return fault({}, names_.noun, "is missing");
    if (Fault f = numbers()) return f;
    switch (part) {
      case Part::reply:
      case Part::cancel: return {};
      case Part::dispensed: return subject(false);
      case Part::close:
      case Part::correct: return content();
      default: return whole();
    }
  }

 private:
  Fault fault(Node node, std::string_view element, std::string reason) const {
    return {element, std::move(reason), node ? node.place() : record_ ? record_.place() : body_.place()};
  }

  // Where number, local number and status stand: in the record, or, of cancellations and replies, above it.
  Fault numbers() {
    const Name number{sources::name_hash(names_.number), names_.number};
    const Node holder = body_.child(number) || !record_ ? body_ : record_;
    std::string_view text;
    if (Fault f = read_single(holder, "lrn"_n, text)) return f;
    if (!text.empty()) {
      if (!is_uuid(text)) return fault(holder.child("lrn"_n), "lrn", "is no UUID");
      slip_.local = lower(text);
    }
    if (Fault f = read_single(holder, number, text)) return f;
    if (!text.empty()) {
      text = tree_.upper(text);
      if (sources::holds_beyond_ascii(text)) {
        return fault(holder.child(number), names_.number, "holds Cyrillic or other letters beyond A to Z");
      }
      if (!is_national_number(text)) {
        return fault(holder.child(number), names_.number, "has not 12 letters and digits");
      }
      slip_.number = text;
    }
    const bool issued = slip_.meaning->part == Part::issue || slip_.meaning->part == Part::open;
    if (issued && slip_.local.empty()) return fault({}, "lrn", "is missing or empty");
    if (!issued && slip_.number.empty()) return fault({}, names_.number, "is missing or empty");
    return status(holder);
  }

  Fault status(Node holder) {
    std::string_view text;
    if (Fault f = read_single(holder, "status"_n, text)) return f;
    const bool needed = slip_.meaning->part == Part::fetched || slip_.meaning->part == Part::dispensed ||
                        (slip_.meaning->part == Part::reply && slip_.meaning->status != 0);
    if (text.empty()) return needed ? fault(holder.child("status"_n), "status", "is missing or empty") : Fault{};
    if (text.size() > 2 || !vestitel::is_digits(text, text.size())) {
      return fault(holder.child("status"_n), "status", "is no number of a status");
    }
    slip_.status = text.size() == 1 ? text[0] : 'x';
    return {};
  }

  // A record with whom it is about, where and by whom.
  Fault whole() {
    if (Fault f = content()) return f;
    if (!slip_.occurred) return fault({}, names_.noun, "has no date");
    if (Fault f = subject(true)) return f;
    return slip_.meaning->kind == Kind::stay ? Fault{} : performer();
  }

  Fault content() {
    if (const Node again = record_.next(Name{sources::name_hash(names_.noun), names_.noun})) {
      return fault(again, names_.noun, "stands twice");
    }
    for (const Field& field : fields_of(slip_.meaning->kind)) {
      if (Fault f = descend(record_, field, 0)) return f;
    }
    if (slip_.items.size() > kItems) return fault(record_, names_.noun, "holds more than 256 codes and references");
    return {};
  }

  Fault descend(Node parent, const Field& field, std::size_t step) {
    const Name name = field.path[step];
    const bool last = step + 1 == std::size(field.path) || field.path[step + 1].hash == 0;
    for (Node node = parent.child(name); node; node = node.next(name)) {
      if (Fault f = last ? use(field, name, node) : descend(node, field, step + 1)) return f;
    }
    return {};
  }

  Fault use(const Field& field, Name name, Node node) {
    switch (field.use) {
      case Use::diagnosis: return diagnosis(node);
      case Use::medication: return medication(node);
      case Use::procedure: return procedure(node);
      case Use::corrected: slip_.correction = true; return {};  // why, is a story
      case Use::qualification:
        if (!node.attr("nhifCode"_n).empty()) add(Item::Use::attribute, field.key, node.attr("nhifCode"_n));
        return check_text(node, name, node.attr("nhifCode"_n));
      default: break;
    }
    std::string_view value;
    if (Fault f = read_value(node, name, value)) return f;
    return value.empty() ? Fault{} : use_value(field, name, node, value);
  }

  Fault use_value(const Field& field, Name name, Node node, std::string_view value) {
    switch (field.use) {
      case Use::occurred: return day(node, name, value, slip_.occurred);
      case Use::discharged: return day(node, name, value, slip_.discharged);
      case Use::deceased: slip_.deceased = true; return {};
      case Use::financing: return financing(node, name, value);
      case Use::facility: return facility(node, name, value);
      case Use::reference: reference(field.key, value); return {};
      case Use::code: return code(node, name, field.key, value);
      case Use::period: return period(node, name, field.key, value);
      default: break;
    }
    if (Fault f = check_text(node, name, value)) return f;
    add(Item::Use::attribute, field.key, value);
    return {};
  }

  Fault check_text(Node node, Name name, std::string_view value) const {
    if (value.size() > kLongest) return fault(node, name.text, "is longer than 20 characters");
    if (sources::holds_beyond_ascii(value)) return fault(node, name.text, "holds letters beyond A to Z");
    if (sources::holds_control(value)) return fault(node, name.text, "holds a line break or another control character");
    return {};
  }

  Fault day(Node node, Name name, std::string_view value, std::optional<vestitel::Date>& into) {
    if (into) return fault(node, name.text, "stands twice");
    into = parse_day(value);
    if (!into) return fault(node, name.text, "is neither a day written YYYY-MM-DD nor an instant with its zone");
    if (today_ < *into) return fault(node, name.text, "lies in the future");
    return {};
  }

  // How long a notice holds: it may well end in the future.
  Fault period(Node node, Name name, const char* key, std::string_view value) {
    const auto date = parse_day(value);
    if (!date) return fault(node, name.text, "is neither a day written YYYY-MM-DD nor an instant with its zone");
    add(Item::Use::attribute, key, to_text(*date));
    return {};
  }

  Fault financing(Node node, Name name, std::string_view value) {
    if (!vestitel::is_digits(value, 1)) return fault(node, name.text, "is no number of a payer");
    // Of several procedures the Fund pays one: then the record is the Fund's.
    if (slip_.financing.empty() || value == "2") slip_.financing = value;
    return {};
  }

  Fault facility(Node node, Name name, std::string_view value) {
    const int region = vestitel::facility_region(value);
    if (region == 0) return fault(node, name.text, "is not a facility's number of ten digits");
    slip_.facility = value;
    slip_.region = {static_cast<char>('0' + region / 10), static_cast<char>('0' + region % 10)};
    return {};
  }

  // As reported; a number that cannot be a reference is told with a warning, never repaired.
  void reference(const char* kind, std::string_view value) {
    value = tree_.shown(tree_.upper(value));
    if (!is_national_number(value)) warn("unusual-reference");
    add(Item::Use::reference, kind, value);
  }

  Fault code(Node node, Name name, const char* system, std::string_view value) {
    const bool diagnosis = std::string_view(system) == "icd10";
    bool look_alike = false;
    value = diagnosis ? tree_.diagnosis(value, &look_alike) : tree_.upper(value);
    if (look_alike) warn("cyrillic-diagnosis-letter");
    if (Fault f = check_text(node, name, value)) return f;
    if (diagnosis && !sources::is_icd10(value)) warn("unusual-diagnosis-code");
    add(Item::Use::code, system, value);
    return {};
  }

  Fault single_code(Node parent, Name name, const char* system) {
    std::string_view value;
    if (Fault f = read_single(parent, name, value)) return f;
    return value.empty() ? Fault{} : code(parent.child(name), name, system, value);
  }

  Fault diagnosis(Node node) {
    std::string_view verification;
    if (Fault f = read_single(node, "verificationStatus"_n, verification)) return f;
    if (verification == "40") return {};  // entered in error
    if (Fault f = single_code(node, "code"_n, "icd10")) return f;
    return single_code(node, "additionalCode"_n, "icd10");
  }

  Fault medication(Node node) {
    if (Fault f = single_code(node, "medicationCode"_n, "nhis-drug")) return f;
    const Node drug = node.child("medicationCode"_n);
    if (drug && drug.has_attr("name"_n)) slip_.items.back().text = tree_.shown(drug.attr("name"_n));
    if (Fault f = single_code(node, "nhifCode"_n, "nzok-drug")) return f;
    return single_code(node, "mkb"_n, "icd10");
  }

  Fault procedure(Node node) {
    std::string_view sequence, status, payer;
    if (Fault f = read_single(node, "sequence"_n, sequence)) return f;
    if (sequence.empty()) return fault(node, "sequence", "is missing or empty");
    if (Fault f = check_text(node, "sequence"_n, sequence)) return f;
    if (Fault f = read_single(node, "status"_n, status)) return f;
    if (Fault f = read_single(node, "financingSource"_n, payer)) return f;
    const std::size_t first = slip_.items.size();
    if (Fault f = single_code(node, "code"_n, "achi")) return f;
    for (Node tooth = node.child("tooth"_n); tooth; tooth = tooth.next("tooth"_n)) {
      if (Fault f = single_code(tooth, "toothIndex"_n, "tooth")) return f;
    }
    if (Fault f = single_code(node.child("diagnosis"_n), "code"_n, "icd10")) return f;
    if (slip_.items.size() == first) return fault(node, "dentalProcedure", "has no code");
    for (std::size_t i = first; i < slip_.items.size(); ++i) {
      slip_.items[i].part = sequence;
      slip_.items[i].removed = status == "7";  // entered in error
    }
    if (status == "7" || payer.empty()) return {};
    return financing(node.child("financingSource"_n), "financingSource"_n, payer);
  }

  Fault subject(bool needed) {
    const Node node = body_.child("subject"_n);
    if (!node) return needed ? fault({}, "subject", "is missing") : Fault{};
    if (const Node again = node.next("subject"_n)) return fault(again, "subject", "stands twice");
    std::string_view type, id, birth;
    if (Fault f = read_single(node, "identifierType"_n, type)) return f;
    if (Fault f = read_single(node, "identifier"_n, id)) return f;
    if (Fault f = read_single(node, "birthDate"_n, birth)) return f;
    const Node at = node.child("identifier"_n) ? node.child("identifier"_n) : node;
    if (Fault f = identifier(node, at, type, id)) return f;
    slip_.subject.id = id;
    return birth.empty() ? Fault{} : birth_date(node.child("birthDate"_n), birth);
  }

  Fault identifier(Node node, Node at, std::string_view type, std::string_view id) {
    if (id.empty()) return fault(at, "identifier", "is missing or empty");
    if (type == "1") return egn(at, id);
    if (type == "2") {
      slip_.subject.kind = VESTITEL_LNCH;
      return vestitel::is_lnch(id) ? Fault{} : fault(at, "identifier", "is declared an LNCH and is none");
    }
    if (type == "3") {
      slip_.subject.kind = VESTITEL_NAP;
      const bool fits = id.size() <= sources::kLongestId && vestitel::is_digits(id, id.size());
      return fits ? Fault{} : fault(at, "identifier", "is not a number of at most 20 digits");
    }
    if (type == "5" && settings_.other_is_ehic) {
      slip_.subject.kind = VESTITEL_EHIC;
      return check_text(at, "identifier"_n, id);
    }
    const Node declared = node.child("identifierType"_n) ? node.child("identifierType"_n) : node;
    if (type == "4") return fault(declared, "identifierType", "a passport tells nobody apart for the hub");
    if (type == "5") return fault(declared, "identifierType", "another document tells nobody apart for the hub");
    if (type == "6") return fault(declared, "identifierType", "a newborn without a number of its own");
    return fault(declared, "identifierType", "is missing, or none of 1 to 6");
  }

  Fault egn(Node at, std::string_view id) {
    vestitel::Egn egn;
    const vestitel::EgnFault wrong = vestitel::check_egn(id, egn);
    if (wrong != vestitel::EgnFault::none) return fault(at, "identifier", std::string(vestitel::describe(wrong)));
    if (today_ < egn.birth) return fault(at, "identifier", "its date of birth lies in the future");
    slip_.subject.kind = VESTITEL_EGN;
    born_ = egn.birth;
    return {};
  }

  Fault birth_date(Node node, std::string_view text) {
    const auto birth = vestitel::parse_date(text);
    if (!birth) return fault(node, "birthDate", "is not a day written YYYY-MM-DD");
    if (today_ < *birth) return fault(node, "birthDate", "lies in the future");
    if (born_ && !(*born_ == *birth)) warn("birth-date-differs");
    slip_.subject.birth = text;
    return {};
  }

  Fault performer() {
    const Node node = body_.child("performer"_n) ? body_.child("performer"_n) : body_.child("requester"_n);
    if (!node) return fault({}, "performer", "is missing");
    std::string_view uin, practice, area;
    if (Fault f = read_single(node, "pmi"_n, uin)) return f;
    if (!vestitel::is_uin(uin)) return fault(node, "pmi", "is missing, or not a practitioner's number");
    if (Fault f = read_single(node, "practiceNumber"_n, practice)) return f;
    if (practice.empty()) return fault(node, "practiceNumber", "is missing or empty");
    if (Fault f = facility(node.child("practiceNumber"_n), "practiceNumber"_n, practice)) return f;
    if (Fault f = read_single(node, "rhifAreaNumber"_n, area)) return f;
    slip_.performer.uin = uin;
    if (vestitel::is_digits(area, 4) && area.substr(0, 2) >= "01" && area.substr(0, 2) <= "28") {
      slip_.region = area.substr(0, 2);
    }
    return role(node);
  }

  Fault role(Node node) {
    std::string_view role, deputy;
    const Node qualification = node.child("qualification"_n);
    const std::string_view specialty = qualification.attr("nhifCode"_n);
    if (Fault f = check_text(qualification, "qualification"_n, specialty)) return f;
    slip_.performer.specialty = specialty;
    if (Fault f = read_single(node, "role"_n, role)) return f;
    if (Fault f = check_text(node, "role"_n, role)) return f;
    if (Fault f = read_single(node, "pmiDeputy"_n, deputy)) return f;
    if (!deputy.empty() && !vestitel::is_uin(deputy)) {
      return fault(node.child("pmiDeputy"_n), "pmiDeputy", "is not a practitioner's number");
    }
    if (!role.empty()) add(Item::Use::attribute, "nhis.role", role);
    if (!deputy.empty()) add(Item::Use::attribute, "nhis.deputy", deputy);
    return {};
  }

  void add(Item::Use use, const char* key, std::string_view value) {
    slip_.items.push_back({use, key, std::string(value), {}, {}, false});
  }
  void warn(const char* warning) {
    if (std::find(slip_.warnings.begin(), slip_.warnings.end(), warning) == slip_.warnings.end()) {
      slip_.warnings.push_back(warning);
    }
  }

  sources::Tree& tree_;
  const Node body_;
  const Settings& settings_;
  const vestitel::Date& today_;
  Slip& slip_;
  const KindNames& names_;
  Node record_;
  std::optional<vestitel::Date> born_;
};

}  // namespace

Fault read_slip(sources::Tree& tree, Node body, const Header& header, const Settings& settings,
                const vestitel::Date& today, Slip& slip) {
  slip.meaning = header.meaning;
  slip.created_us = header.created_us;
  return SlipReader(tree, body, settings, today, slip).read();
}

}  // namespace nhis
