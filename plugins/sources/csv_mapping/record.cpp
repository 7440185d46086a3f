#include "plugins/sources/csv_mapping/record.hpp"

#include <algorithm>

#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/rows/checks.hpp"

namespace csv_mapping {
namespace {

constexpr std::size_t kLongestKey = 128, kLongestValue = 4000, kLongestEvent = 60'000;
constexpr vestitel::Date kEuro{2026, 1, 1};

bool is_payment(std::string_view word) {
  return word == "reported" || word == "accepted" || word == "paid" || word == "refused" || word == "unknown";
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

Record::Record(const Mapping& mapping, const Values& values, std::string_view partner, const vestitel::Date& today)
    : mapping_(mapping), values_(values), partner_(partner), today_(today), attributes_(mapping.attributes.size()) {}

Fault Record::emit(vestitel_place place, vestitel::Emit& out) {
  if (Fault fault = fill()) return fault;
  write(place, out);
  return {};
}

// ---- templates ----------------------------------------------------------------------------------------------------

// The first column of a template is where a clerk looks for what is wrong with it.
Fault Record::bad(const Template& source, std::string_view element, std::string reason) const {
  for (const Part& part : source.parts) {
    if (part.column != kNone) return {part.column, {}, std::move(reason)};
  }
  return {kNone, element, std::move(reason)};
}

// Empty where none of its columns is filled. `all`: each of them must be.
Fault Record::evaluate(const Template& source, std::string_view element, Text& into, bool all) const {
  into.view = {};
  if (!source.given()) return {};
  if (const std::size_t column = source.column(); column != kNone) {
    into.view = values_[column];
    if (all && into.view.empty()) return bad(source, element, "is missing or empty");
    return {};
  }
  into.own.clear();
  bool filled = source.constant();
  for (const Part& part : source.parts) {
    if (Fault fault = append(part, element, into.own, filled, all)) return fault;
  }
  if (filled) into.view = into.own;
  return {};
}

Fault Record::append(const Part& part, std::string_view element, std::string& out, bool& filled, bool all) const {
  if (part.kind == Part::Kind::text) return out.append(part.text), Fault{};
  if (part.kind == Part::Kind::partner) return filled = true, out.append(partner_), Fault{};
  std::string_view value = values_[part.column];
  if (part.table != kNone) {
    const auto& meanings = mapping_.tables[part.table].meanings;
    auto found = meanings.find(std::string(value));
    if (found == meanings.end() && !value.empty()) found = meanings.find("*");
    if (found == meanings.end() && !value.empty()) return {part.column, {}, "is not in the code table"};
    if (found != meanings.end() && !(found->first == "*" && found->second == "*")) value = found->second;
  }
  if (value.empty()) return all ? Fault{part.column, element, "is missing or empty"} : Fault{};
  filled = true;
  if (part.kind == Part::Kind::date) {
    append_date(out, values_.date(part.column), part.text);
  } else {
    out.append(value);
  }
  return {};
}

// ---- the fields ---------------------------------------------------------------------------------------------------

Fault Record::fill() {
  if (Fault f = evaluate(mapping_.type, "type", type_, true)) return f;
  if (!is_event_type(type_.view)) return bad(mapping_.type, "type", "is no type of an event");
  if (Fault f = evaluate(mapping_.revision, "revision", revision_text_)) return f;
  revision_ = revision_text_.view.empty() ? VESTITEL_NEW : revision_named(revision_text_.view);
  if (revision_ == 0) return bad(mapping_.revision, "revision", "is none of new, corrected and annulled");
  if (Fault f = need(mapping_.scope, "scope", scope_)) return f;
  if (Fault f = need(mapping_.record, "record", record_)) return f;
  if (Fault f = fill_subject()) return f;
  if (Fault f = fill_dates()) return f;
  if (Fault f = evaluate(mapping_.number, "number", number_)) return f;
  if (Fault f = fill_places()) return f;
  return fill_attributes();
}

Fault Record::need(const Template& source, std::string_view element, std::string& into) {
  Text text;
  text.own.swap(into);  // keeps its memory
  Fault fault = evaluate(source, element, text, true);
  if (!fault && text.view.size() > kLongestKey) fault = bad(source, element, "the key is longer than 128 bytes");
  if (text.view.data() != text.own.data()) text.own.assign(text.view);
  into.swap(text.own);
  return fault;
}

Fault Record::fill_subject() {
  std::size_t column = mapping_.subject.front();
  for (const std::size_t one : mapping_.subject) {
    if (values_[one].empty()) continue;
    column = one;
    break;
  }
  subject_ = values_[column];
  if (subject_.empty()) return {column, {}, "names nobody"};
  subject_kind_ = kind_of(mapping_.columns[column].type);
  if (mapping_.subject_kind.given()) {
    if (Fault f = evaluate(mapping_.subject_kind, "kind", kind_, true)) return f;
    subject_kind_ = kind_named(kind_.view);
    if (subject_kind_ == 0) return bad(mapping_.subject_kind, "kind", "unknown identifier type");
    const std::string_view why = rows::person_fault(subject_kind_, subject_, today_);
    if (!why.empty()) return {column, {}, std::string(why)};
  }
  const bool leaks = subject_.size() >= 10 &&
                     (scope_.find(subject_) != std::string::npos || record_.find(subject_) != std::string::npos);
  if (leaks) return bad(mapping_.record, "record", "holds the subject's identifier");
  return {};
}

Fault Record::fill_dates() {
  for (const Template* one : {&mapping_.occurred, &mapping_.reported}) {
    if (!one->given()) continue;
    const std::size_t column = one->column();
    if (values_[column].empty() && one == &mapping_.occurred) return {column, {}, "is missing or empty"};
    if (values_[column].empty()) continue;
    if (const auto why = sources::day_fault(values_.date(column), today_); !why.empty()) {
      return {column, {}, std::string(why)};
    }
  }
  return {};
}

Fault Record::fill_places() {
  if (Fault f = evaluate(mapping_.facility, "facility", facility_)) return f;
  region_ = rows::region_of(facility_.view);
  if (!facility_.view.empty() && region_.empty()) {
    return bad(mapping_.facility, "facility", "is not a facility's number of ten digits");
  }
  if (Fault f = evaluate(mapping_.facility_name, "facility.name", facility_name_)) return f;
  if (Fault f = evaluate(mapping_.facility_region, "facility.region", facility_region_)) return f;
  if (facility_region_.view.empty()) facility_region_.view = region_;
  if (Fault f = evaluate(mapping_.practitioner, "practitioner", practitioner_)) return f;
  if (!practitioner_.view.empty() && !vestitel::is_uin(practitioner_.view)) {
    return bad(mapping_.practitioner, "practitioner", "is not a practitioner's number");
  }
  if (Fault f = evaluate(mapping_.practitioner_name, "practitioner.name", practitioner_name_)) return f;
  return evaluate(mapping_.practitioner_specialty, "practitioner.specialty", practitioner_specialty_);
}

Fault Record::fill_attributes() {
  std::size_t total = 0;
  for (std::size_t i = 0; i < attributes_.size(); ++i) {
    const Attribute& attribute = mapping_.attributes[i];
    Text& text = attributes_[i];
    if (Fault f = evaluate(attribute.value, attribute.key, text)) return f;
    if (attribute.with != kNone && attributes_[attribute.with].view.empty()) text.view = {};
    if (Fault f = check_attribute(attribute, text.view)) return f;
    total += text.view.size();
  }
  if (total > kLongestEvent) return {kNone, "row", "holds more than 60,000 bytes of text"};
  return {};
}

Fault Record::check_attribute(const Attribute& attribute, std::string_view value) const {
  if (value.empty()) return {};
  const std::string& key = attribute.key;
  if (value.size() > kLongestValue) return bad(attribute.value, key, "is longer than it can be");
  if (key == "payment" && !is_payment(value)) {
    return bad(attribute.value, key, "is none of reported, accepted, paid, refused and unknown");
  }
  const bool flag = key == "subject.deceased" || key == "subject.confidential";
  if (flag && value != "1" && value != "0") return bad(attribute.value, key, "is neither 1 nor 0");
  if (key == "subject.birth-date" && today_ < values_.date(attribute.value.column())) {
    return bad(attribute.value, key, "lies in the future");
  }
  const bool code = key.compare(0, 5, "code.") == 0 && !ends_with(key, ".text");
  if (code || key.compare(0, 4, "ref.") == 0) {
    const std::string_view why = rows::token_fault(value, 64);
    if (!why.empty()) return bad(attribute.value, key, std::string(why));
  }
  return {};
}

void Record::write(vestitel_place place, vestitel::Emit& out) {
  auto& event = out.event(type_.view, place);
  event.key(scope_, record_).subject(subject_kind_, subject_).on(values_.date(mapping_.occurred.column()));
  if (revision_ == VESTITEL_CORRECTED) event.corrected();
  if (revision_ == VESTITEL_ANNULLED) event.annulled();
  if (mapping_.reported.given() && !values_[mapping_.reported.column()].empty()) {
    event.reported_on(values_.date(mapping_.reported.column()));
  }
  event.number(number_.view);
  event.facility(facility_.view, facility_name_.view, facility_region_.view);
  event.practitioner(practitioner_.view, practitioner_name_.view, practitioner_specialty_.view);
  for (std::size_t i = 0; i < attributes_.size(); ++i) {
    const std::string& key = mapping_.attributes[i].key;
    const bool flag_off = attributes_[i].view == "0" && (key == "subject.deceased" || key == "subject.confidential");
    if (!flag_off) event.attr(key, attributes_[i].view);
    if (i == mapping_.amount && !mapping_.has_currency && !attributes_[i].view.empty()) {
      event.attr("currency", values_.date(mapping_.occurred.column()) < kEuro ? "BGN" : "EUR");
    }
  }
}

}  // namespace csv_mapping
