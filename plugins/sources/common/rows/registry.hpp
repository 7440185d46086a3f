// What the registers that are documents of ours have in common: columns that are known by their names, persons with
// their declared type, and the register's own numbers of its records.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/sources/common/rows/row_reader.hpp"

namespace rows {

// Why a record cannot be an event: which of its columns, and words without any value.
struct CellFault {
  std::size_t column = 0;
  std::string_view reason;
  explicit operator bool() const { return !reason.empty(); }
};

// The texts of one record, by the number of the column; where a document has no such column its text is empty.
template <std::size_t N>
using Cells = std::array<std::string_view, N>;

struct NamedColumn {
  std::string_view name;
  bool optional = false;
};

// Binds a table of columns to the header of a document, in any order and among others.
template <std::size_t N>
class NamedColumns {
 public:
  explicit NamedColumns(const std::array<NamedColumn, N>& table) : table_(table) {}

  // False: the document was refused.
  bool bind(RowReader& reader, const vestitel::Emit& out) {
    for (std::size_t i = 0; i < N && !out.failed(); ++i) at_[i] = reader.column(table_[i].name, table_[i].optional);
    return !out.failed();
  }
  Cells<N> cells(const Row& row) const {
    Cells<N> texts;
    for (std::size_t i = 0; i < N; ++i) texts[i] = row[at_[i]];
    return texts;
  }
  void quarantine(RowReader& reader, const Row& row, const CellFault& fault) const {
    reader.quarantine(row, at_[fault.column], table_[fault.column].name, fault.reason);
  }

 private:
  const std::array<NamedColumn, N>& table_;
  std::array<std::size_t, N> at_{};
};

// VESTITEL_EGN and its kin by the name that a document declares: egn, lnch, nap, ehic. 0: none of them.
std::uint16_t person_kind(std::string_view name);

// The number by which a register knows a record: up to 40 characters of ASCII in one piece.
std::string_view record_fault(std::string_view record);
// The same, and that it does not hold the number of a person: keys travel into lists and logs.
std::string_view record_fault(std::string_view record, std::string_view person);

// A day of the calendar, written YYYY-MM-DD. The past one is not behind `today` either.
std::string_view day_fault(std::string_view text);
std::string_view past_day_fault(std::string_view text, const vestitel::Date& today);

// "01" to "28".
bool is_region(std::string_view text);

// The regions of which records were read.
class Regions {
 public:
  void see(std::string_view region);
  // Forgets the ones that `others` have not seen.
  void keep(const Regions& others) { seen_ &= others.seen_; }
  // Says of each that all its records were emitted.
  void complete(vestitel::Emit& out) const;

 private:
  std::uint32_t seen_ = 0;  // a bit each
};

}  // namespace rows
