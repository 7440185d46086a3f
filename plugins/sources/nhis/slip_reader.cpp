#include "slip_reader.hpp"

#include <algorithm>

#include "elements.hpp"
#include "fields.hpp"
#include "party.hpp"
#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/rules.hpp"
#include "values.hpp"

namespace nhis {
namespace {

using namespace sources::literals;
using sources::Fault;
using sources::Name;
using sources::Node;

constexpr std::size_t kItems = 256;

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
  if (const auto why = instant_fault(*instant); !why.empty())
    return {"createdOn", std::string(why), place("createdOn"_n)};
  if (!is_uuid(id)) return {"messageId", "is missing, or no UUID", place("messageId"_n)};
  header.created_us = *instant;
  header.type = type;
  header.id = id_of(id);
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
    record_ = body_.child(names_.noun);
    const Part part = slip_.meaning->part;
    if (!record_ && part != Part::reply && part != Part::cancel) return fault({}, names_.noun.text(), "is missing");
    if (Fault f = numbers()) return f;
    switch (part) {
      case Part::reply:
      case Part::cancel: return {};
      case Part::dispensed: return body_.child("subject"_n) ? read_subject(body_, settings_, today_, slip_) : Fault{};
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
    const Name& number = names_.number;
    const Node holder = body_.child(number) || !record_ ? body_ : record_;
    std::string_view text;
    if (Fault f = read_single(holder, "lrn"_n, text)) return f;
    if (!text.empty()) {
      if (!is_uuid(text)) return fault(holder.child("lrn"_n), "lrn", "is no UUID");
      slip_.local = tree_.lower(text);
    }
    if (Fault f = read_single(holder, number, text)) return f;
    if (!text.empty()) {
      text = tree_.upper(text);
      if (sources::holds_beyond_ascii(text)) {
        return fault(holder.child(number), number.text(), "holds Cyrillic or other letters beyond A to Z");
      }
      if (!is_national_number(text)) {
        return fault(holder.child(number), number.text(), "has not 12 letters and digits");
      }
      slip_.number = text;
    }
    const bool issued = slip_.meaning->part == Part::issue || slip_.meaning->part == Part::open;
    if (issued && slip_.local.empty()) return fault({}, "lrn", "is missing or empty");
    if (!issued && slip_.number.empty()) return fault({}, number.text(), "is missing or empty");
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
    if (!slip_.occurred) return fault({}, names_.noun.text(), "has no date");
    if (Fault f = read_subject(body_, settings_, today_, slip_)) return f;
    if (slip_.meaning->kind != Kind::stay) return read_performer(body_, slip_);
    return slip_.facility.empty() ? fault({}, "practiceNumber", "is missing or empty") : Fault{};
  }

  Fault content() {
    if (const Node again = record_.next(names_.noun)) {
      return fault(again, names_.noun.text(), "stands twice");
    }
    for (const Field& field : fields_of(slip_.meaning->kind)) {
      if (Fault f = descend(record_, field, 0)) return f;
    }
    if (slip_.items.size() > kItems)
      return fault(record_, names_.noun.text(), "holds more than 256 codes and references");
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
      case Use::facility: return read_facility(node, name, value, slip_);
      case Use::reference: reference(field.key, value); return {};
      case Use::code: return code(node, name, field.key, value);
      case Use::period: return period(node, name, field.key, value);
      case Use::text: add(Item::Use::attribute, field.key, tree_.shown(value)); return {};
      default: break;
    }
    if (Fault f = check_text(node, name, value)) return f;
    add(Item::Use::attribute, field.key, value);
    return {};
  }

  Fault day(Node node, Name name, std::string_view value, std::optional<vestitel::Date>& into) {
    if (into) return fault(node, name.text(), "stands twice");
    into = parse_day(value);
    if (!into) return fault(node, name.text(), "is neither a day written YYYY-MM-DD nor an instant with its zone");
    if (const auto why = sources::day_fault(*into, today_); !why.empty())
      return fault(node, name.text(), std::string(why));
    return {};
  }

  // How long a notice holds: it may well end in the future.
  Fault period(Node node, Name name, const char* key, std::string_view value) {
    const auto date = parse_day(value);
    if (!date) return fault(node, name.text(), "is neither a day written YYYY-MM-DD nor an instant with its zone");
    add(Item::Use::attribute, key, tree_.replaced(value, to_text(*date)));
    return {};
  }

  Fault financing(Node node, Name name, std::string_view value) {
    if (!vestitel::is_digits(value, 1)) return fault(node, name.text(), "is no number of a payer");
    // Of several procedures the Fund pays one: then the record is the Fund's.
    if (slip_.financing.empty() || value == "2") slip_.financing = value;
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

  void add(Item::Use use, const char* key, std::string_view value) {
    slip_.items.push_back({use, key, value, {}, {}, false});
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
};

}  // namespace

Fault read_slip(sources::Tree& tree, Node body, const Header& header, const Settings& settings,
                const vestitel::Date& today, Slip& slip) {
  slip.meaning = header.meaning;
  slip.created_us = header.created_us;
  return SlipReader(tree, body, settings, today, slip).read();
}

}  // namespace nhis
