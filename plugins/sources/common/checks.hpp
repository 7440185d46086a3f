// The checks of one record, in the words of every reader: each takes a text out of the tree and either gives it back
// fit for an event, or keeps the first reason why the record cannot be one. Nothing is repaired but the case of
// letters.
#pragma once
#include <string_view>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/rules.hpp"
#include "plugins/sources/common/tree.hpp"

namespace sources {

// A text of a record, what it is called and where it stands; where it is absent, the place of what should hold it.
struct Value {
  std::string_view text;
  Name name;
  vestitel_place place{};
  bool empty() const { return text.empty(); }
};

struct Subject {
  std::uint16_t kind = 0;
  std::string_view id;
};

class Checks {
 public:
  // Borrows the tree. `today` as latest_date_in_sofia() says.
  Checks(Tree& tree, const vestitel::Date& today) : tree_(tree), today_(today) {}

  const Fault& fault() const { return fault_; }
  bool ok() const { return !fault_; }
  // The first fault stands.
  void bad(const Value& value, std::string_view reason);
  void bad(Node node, Name name, std::string_view reason);
  Warnings& warnings() { return warnings_; }
  // The day behind which all is future.
  const vestitel::Date& today() const { return today_; }

  // The text of the child or the attribute of this name, empty where there is none. Bad: it stands twice, holds
  // elements, is too long.
  Value leaf(Node parent, Name name);
  Value attr(Node element, Name name);
  // The text of an element that was found.
  Value of(Node node, Name name);

  // ---- what must be there
  bool required(const Value& value);
  // A real day from 1900 on, written YYYY-MM-DD, not in the future.
  vestitel::Date past_day(const Value& value);
  // The same, or an instant YYYY-MM-DDThh:mm:ss of that day, which may have a fraction and no zone.
  vestitel::Date past_day_or_time(const Value& value);
  std::string_view facility(const Value& value);
  std::string_view uin(const Value& value);
  // Number of a document: 12 letters and digits, or 6 digits; upper case.
  std::string_view document_number(const Value& value);

  // ---- what may be absent
  // A code as an event may carry it: short, of one line, without letters beyond A to Z; upper case.
  std::string_view code(const Value& value);
  // The code of a diagnosis; an unusual form is told as a warning.
  std::string_view diagnosis(const Value& value);
  // A day of birth, past; as written.
  std::string_view birth(const Value& value);
  // Free text as it may be shown.
  std::string_view shown(const Value& value) { return tree_.shown(value.text); }
  // The number of another document: as reported, with a warning where it cannot be one.
  std::string_view reference(const Value& value);
  // The same where it is a part of the record's key, which is not longer than the hub takes.
  std::string_view reference_in_key(const Value& value);
  // What the record counts of its own: 1 to 10 digits.
  std::string_view digits(const Value& value);

  // ---- the person
  Subject egn(const Value& value);
  Subject lnch(const Value& value);
  Subject nap(const Value& value);
  Subject card(const Value& value);
  // Out of a Patient with an element for each kind of number: EGN, LNCH, SS_No, EHIC_No, PersID_No; the first that is
  // filled. No kind: none is, which is not bad by itself.
  Subject patient(Node patient);

 private:
  vestitel::Date past(const Value& value, std::string_view day, std::string_view reason);

  Tree& tree_;
  const vestitel::Date& today_;
  Fault fault_;
  Warnings warnings_;
};

// "payer" and "payment" of a record that says whether the Fund is to pay it: 1, 0, or nothing.
void write_payer(vestitel::Event& event, const Value& pays, Checks& checks);

// The two digits of a region out of a facility's number; empty where it has none.
std::string_view region_of(std::string_view facility);

}  // namespace sources
