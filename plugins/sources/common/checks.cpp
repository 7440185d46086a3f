#include "plugins/sources/common/checks.hpp"

#include <algorithm>

#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/one_line.hpp"

namespace sources {

void Checks::bad(const Value& value, std::string_view reason) {
  if (!fault_) fault_ = {value.name.text(), std::string(reason), value.place};
}

void Checks::bad(Node node, Name name, std::string_view reason) { bad(Value{{}, name, node.place()}, reason); }

Value Checks::of(Node node, Name name) {
  const Value value{node.text(), name, node.place()};
  if (!node.leaf()) {
    bad(value, "holds elements, where a text belongs");
  } else if (node.overlong()) {
    bad(value, "is longer than 2,000 bytes");
  }
  return value;
}

Value Checks::leaf(Node parent, Name name) {
  const Node node = parent.child(name);
  if (!node) return {{}, name, parent.place()};
  if (const Node again = node.next(name)) bad(again, name, "stands twice");
  return of(node, name);
}

Value Checks::attr(Node element, Name name) {
  const Value value{element.attr(name), name, element.place()};
  if (element.overlong()) bad(value, "is longer than 2,000 bytes");
  return value;
}

bool Checks::required(const Value& value) {
  if (value.empty()) bad(value, "is missing or empty");
  return !value.empty();
}

vestitel::Date Checks::past(const Value& value, std::string_view day, std::string_view reason) {
  if (!required(value)) return {};
  const auto date = vestitel::parse_date(day);
  if (!date) {
    bad(value, reason);
    return {};
  }
  if (const auto why = day_fault(*date, today_); !why.empty()) bad(value, why);
  return *date;
}

vestitel::Date Checks::past_day(const Value& value) {
  return past(value, value.text, "is not a day written YYYY-MM-DD");
}

namespace {

bool is_fraction(std::string_view text) {
  return text.empty() || (text[0] == '.' && text.size() <= 10 && text.size() > 1 &&
                          vestitel::is_digits(text.substr(1), text.size() - 1));
}

bool is_day_or_time(std::string_view text) {
  constexpr std::size_t kDay = 10, kTime = 8;
  if (text.size() == kDay) return true;
  return text.size() >= kDay + 1 + kTime && text[kDay] == 'T' &&
         vestitel::is_time_of_day(text.substr(kDay + 1, kTime)) && is_fraction(text.substr(kDay + 1 + kTime));
}

}  // namespace

vestitel::Date Checks::past_day_or_time(const Value& value) {
  const std::string_view day = is_day_or_time(value.text) ? value.text.substr(0, 10) : std::string_view();
  return past(value, day, "is neither a day YYYY-MM-DD nor a time YYYY-MM-DDThh:mm:ss");
}

std::string_view Checks::facility(const Value& value) {
  if (vestitel::facility_region(value.text) == 0) bad(value, "is missing, or not a facility's number of ten digits");
  return value.text;
}

std::string_view Checks::uin(const Value& value) {
  if (!vestitel::is_uin(value.text)) bad(value, "is not a practitioner's number");
  return value.text;
}

std::string_view Checks::document_number(const Value& value) {
  if (!required(value)) return {};
  const std::string_view number = tree_.upper(value.text);
  if (holds_beyond_ascii(number)) {
    bad(value, "holds Cyrillic or other letters beyond A to Z");
  } else if (!vestitel::is_digits(number, kOldNumber) && (number.size() != kNationalNumber || !all_alnum(number))) {
    bad(value, "has neither 6 digits nor 12 letters and digits");
  }
  return number;
}

std::string_view Checks::code(const Value& value) {
  if (value.text.size() > kLongestCode) {
    bad(value, "is longer than a code can be");
  } else if (holds_beyond_ascii(value.text)) {
    bad(value, "holds Cyrillic or other letters beyond A to Z");
  } else if (holds_control(value.text)) {
    bad(value, "holds a line break or another control character");
  }
  return tree_.upper(value.text);
}

std::string_view Checks::diagnosis(const Value& value) {
  bool look_alike = false;
  const std::string_view text = tree_.diagnosis(value.text, &look_alike);
  if (look_alike) warnings_.add("cyrillic-diagnosis-letter");
  const std::string_view found = code({text, value.name, value.place});
  if (!found.empty() && !is_icd10(found)) warnings_.add("unusual-diagnosis-code");
  return found;
}

std::string_view Checks::birth(const Value& value) {
  if (value.empty()) return {};
  const auto date = vestitel::parse_date(value.text);
  if (!date) {
    bad(value, "is not a day written YYYY-MM-DD");
  } else if (today_ < *date) {
    bad(value, "lies in the future");
  }
  return value.text;
}

std::string_view Checks::reference(const Value& value) {
  const std::string_view number = tree_.upper(shown(value));
  if (!number.empty() && (!all_alnum(number) || number.size() > kNationalNumber)) {
    warnings_.add("unusual-reference");
  }
  return number;
}

std::string_view Checks::reference_in_key(const Value& value) {
  if (value.text.size() > kLongestId) bad(value, "is longer than 20 characters");
  return reference(value);
}

std::string_view Checks::digits(const Value& value) {
  constexpr std::size_t kMost = 10;
  if (!required(value)) return {};
  if (value.text.size() > kMost || !vestitel::is_digits(value.text, value.text.size())) {
    bad(value, "is not a number of at most 10 digits");
  }
  return value.text;
}

// ---- the person ---------------------------------------------------------------------------------------------------

Subject Checks::egn(const Value& value) {
  if (!required(value)) return {};
  vestitel::Egn egn;
  const vestitel::EgnFault wrong = vestitel::check_egn(value.text, egn);
  if (wrong != vestitel::EgnFault::none) {
    bad(value, vestitel::describe(wrong));
  } else if (today_ < egn.birth) {
    bad(value, "its date of birth lies in the future");
  }
  return {VESTITEL_EGN, value.text};
}

Subject Checks::lnch(const Value& value) {
  if (!required(value)) return {};
  if (!vestitel::is_digits(value.text, 10)) {
    bad(value, "not ten digits");
  } else if (!vestitel::is_lnch(value.text)) {
    bad(value, "its check digit is wrong");
  }
  return {VESTITEL_LNCH, value.text};
}

Subject Checks::nap(const Value& value) {
  if (!required(value)) return {};
  if (value.text.size() > kLongestId || !vestitel::is_digits(value.text, value.text.size())) {
    bad(value, "is not a number of at most 20 digits");
  }
  return {VESTITEL_NAP, value.text};
}

Subject Checks::card(const Value& value) {
  if (value.text.size() > kLongestId) bad(value, "is longer than 20 characters");
  return {VESTITEL_EHIC, value.text};
}

Subject Checks::patient(Node patient) {
  const Value egn_value = leaf(patient, "EGN"_n), lnch_value = leaf(patient, "LNCH"_n);
  const Value nap_value = leaf(patient, "SS_No"_n);
  if (!egn_value.empty()) return egn(egn_value);
  if (!lnch_value.empty()) return lnch(lnch_value);
  if (!nap_value.empty()) return nap(nap_value);
  const Value card_value = leaf(patient, "EHIC_No"_n), person_value = leaf(patient, "PersID_No"_n);
  if (!card_value.empty()) return card(card_value);
  return person_value.empty() ? Subject{} : card(person_value);
}

void write_payer(vestitel::Event& event, const Value& pays, Checks& checks) {
  if (pays.empty()) return;
  const int paid = truth(pays.text);
  if (paid < 0) return checks.warnings().add("unusual-pay");
  event.attr("payer", paid == 1 ? "nzok" : "other").attr("payment", "reported");
}

std::string_view region_of(std::string_view facility) {
  constexpr std::string_view kRegions = "01020304050607080910111213141516171819202122232425262728";
  const int region = vestitel::facility_region(facility);
  return region == 0 ? std::string_view() : kRegions.substr(static_cast<std::size_t>(region - 1) * 2, 2);
}

}  // namespace sources
