#include "plugins/sources/csv_mapping/values.hpp"

#include <algorithm>
#include <numeric>

#include "plugins/sources/common/one_line.hpp"
#include "plugins/sources/common/rows/checks.hpp"
#include "plugins/sources/common/trimmed.hpp"

namespace csv_mapping {
namespace {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return !vestitel::detail::is_tail(static_cast<unsigned char>(c)); }));
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool needs_one_line(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\xC2' || c == '\xD8' || c == '\xE2';
  });
}

void append_number(std::string& out, int number, std::size_t digits) {
  const std::string text = std::to_string(number);
  out.append(digits > text.size() ? digits - text.size() : 0, '0').append(text);
}

}  // namespace

void append_date(std::string& out, const vestitel::Date& date, std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size();) {
    const std::string_view rest = pattern.substr(i);
    if (rest.substr(0, 4) == "YYYY") {
      append_number(out, date.year, 4);
      i += 4;
    } else if (rest.substr(0, 2) == "MM" || rest.substr(0, 2) == "DD") {
      append_number(out, rest[0] == 'M' ? date.month : date.day, 2);
      i += 2;
    } else {
      out += rest[0];
      ++i;
    }
  }
}

Values::Values(const Mapping& mapping) : mapping_(mapping), values_(mapping.columns.size()) {
  order_.resize(mapping.columns.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(),
            [&](std::size_t a, std::size_t b) { return mapping.columns[a].at < mapping.columns[b].at; });
}

Fault Values::take(const rows::Row& row) {
  if (mapping_.fixed) return cut(row);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (cells_[i] >= row.size()) return {i, {}, "the row has no such cell"};
    values_[i].text = row[cells_[i]];
  }
  return {};
}

// One walk over the characters of the line, column by column as they begin.
Fault Values::cut(const rows::Row& row) {
  const std::string_view text = row.text();
  if (mapping_.line_length != 0 && characters(text) != mapping_.line_length) {
    return {kNone, "row", "is shorter or longer than a line of this file is"};
  }
  std::size_t at = 0, character = 1;
  const auto step = [&] {
    for (++at; at < text.size() && vestitel::detail::is_tail(static_cast<unsigned char>(text[at]));) ++at;
    ++character;
  };
  for (const std::size_t i : order_) {
    const Column& column = mapping_.columns[i];
    while (at > 0 && character > column.at) {  // columns may overlap
      for (--at; vestitel::detail::is_tail(static_cast<unsigned char>(text[at]));) --at;
      --character;
    }
    while (at < text.size() && character < column.at) step();
    const std::size_t from = at;
    while (at < text.size() && character < column.at + column.width) step();
    values_[i].at = from;
    values_[i].text = sources::trimmed(text.substr(from, at - from));
  }
  return {};
}

Fault Values::check(const vestitel::Date& today) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Column& column = mapping_.columns[i];
    Value& value = values_[i];
    if (std::find(column.empty.begin(), column.empty.end(), value.text) != column.empty.end()) value.text = {};
    if (value.text.empty()) {
      if (column.required) return {i, {}, "is missing or empty"};
      continue;
    }
    if (column.length != 0 && characters(value.text) != column.length)
      return {i, {}, "has another length than it must"};
    if (const std::string_view why = convert(column, value, today); !why.empty()) return {i, {}, std::string(why)};
    if (column.upper) to_upper(value);
  }
  return {};
}

std::string_view Values::convert(const Column& column, Value& value, const vestitel::Date& today) {
  switch (column.type) {
    case Type::text: {
      if (!needs_one_line(value.text)) return rows::text_fault(value.text, column.longest);
      value.own.assign(value.text);
      sources::make_one_line(value.own, 0);
      value.text = sources::trimmed(value.own);
      return rows::text_fault(value.text, column.longest);
    }
    case Type::token: return rows::token_fault(value.text, column.longest);
    case Type::digits:
      return !all_digits(value.text) ? "holds something other than digits"
                                     : rows::token_fault(value.text, column.longest);
    case Type::date: return convert_date(column, value);
    case Type::facility:
      return vestitel::facility_region(value.text) == 0 ? "is not a facility's number of ten digits" : "";
    case Type::amount: {
      if (!rows::is_amount(value.text)) return "is not an amount such as 12.50";
      value.own.assign(value.text);
      std::replace(value.own.begin(), value.own.end(), ',', '.');
      value.text = value.own;
      return {};
    }
    default: return rows::person_fault(kind_of(column.type), value.text, today);
  }
}

std::string_view Values::convert_date(const Column& column, Value& value) {
  const auto date = vestitel::parse_date(value.text, column.pattern);
  if (!date) return "is not a day of the calendar, written as the mapping says";
  value.date = *date;
  value.own.clear();
  append_date(value.own, *date, "YYYY-MM-DD");
  value.text = value.own;
  return {};
}

void Values::to_upper(Value& value) {
  if (value.text.data() != value.own.data()) value.own.assign(value.text);
  std::transform(value.own.begin(), value.own.end(), value.own.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  value.text = value.own;
}

}  // namespace csv_mapping
