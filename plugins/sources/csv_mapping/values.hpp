// The cells of one row as values: trimmed, checked by the type of their column, and in the form that events have.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sources/csv_mapping/mapping.hpp"

namespace csv_mapping {

// Why a row cannot be an event. No reason: no fault.
struct Fault {
  std::size_t column = kNone;  // which of the mapping's; kNone: the row as a whole
  std::string_view element;    // where it is no column
  std::string reason;
  explicit operator bool() const { return !reason.empty(); }
};

class Values {
 public:
  // Borrows the mapping.
  explicit Values(const Mapping& mapping);

  // Which cell of a row each column is. Fixed width: none, the columns are cut out of the row's text.
  void bind(std::vector<std::size_t> cells) { cells_ = std::move(cells); }

  // Takes the cells out of the row; views stay valid as long as the row and until the next one. Nothing is checked.
  Fault take(const rows::Row& row);
  // Checks them all.
  Fault check(const vestitel::Date& today);

  // Empty: nothing is there. A date is written YYYY-MM-DD after check().
  std::string_view operator[](std::size_t column) const { return values_[column].text; }
  const vestitel::Date& date(std::size_t column) const { return values_[column].date; }
  // Where the column begins in the row's text; fixed width only.
  std::size_t text_at(std::size_t column) const { return values_[column].at; }

 private:
  struct Value {
    std::string_view text;
    vestitel::Date date;
    std::size_t at = 0;
    std::string own;  // the text, where it is another than the cell's
  };

  Fault cut(const rows::Row& row);
  std::string_view convert(const Column& column, Value& value, const vestitel::Date& today);
  std::string_view convert_date(const Column& column, Value& value);
  static void to_upper(Value& value);

  const Mapping& mapping_;
  std::vector<std::size_t> cells_;
  std::vector<Value> values_;
  std::vector<std::size_t> order_;  // fixed width: the columns by where they begin
};

// YYYY-MM-DD, or another pattern of YYYY, MM and DD.
void append_date(std::string& out, const vestitel::Date& date, std::string_view pattern);

}  // namespace csv_mapping
