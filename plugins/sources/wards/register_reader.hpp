// The register of wards: who acts for whom in the choice of a GP, one registration a row. The format is ours:
// docs/formats/wards.md.
#pragma once
#include <string>
#include <string_view>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/rows/registry.hpp"

namespace wards {

class RegisterReader {
 public:
  // Borrows both for the call of parse. `complete`: the sender vouches that nothing is left out of the regions that
  // the document names.
  RegisterReader(vestitel::Input& in, vestitel::Emit& out, const vestitel::Date& today, bool complete);

  void read();
  std::uint64_t rows() const { return rows_.rows(); }
  std::uint64_t quarantined() const { return rows_.quarantined(); }

 private:
  enum Column : std::size_t { kRegion, kRecord, kWardType, kWard, kCarerType, kCarer, kKind, kFrom, kTo, kRevision };
  static constexpr std::size_t kColumns = 10;
  static const std::array<rows::NamedColumn, kColumns> kTable;

  rows::CellFault check() const;
  rows::CellFault check_persons() const;
  rows::CellFault check_record() const;
  rows::CellFault check_dates() const;
  void emit(const rows::Row& row);

  vestitel::Emit& out_;
  const vestitel::Date today_;
  const bool complete_;
  rows::RowReader rows_;
  rows::NamedColumns<kColumns> columns_;
  rows::Cells<kColumns> cells_;
  rows::Regions regions_;
};

}  // namespace wards
