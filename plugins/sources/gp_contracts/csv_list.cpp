#include "plugins/sources/gp_contracts/csv_list.hpp"

namespace gp_contracts {
namespace {

constexpr bool may_be_absent(std::size_t field) {
  return field == kPracticeName || field == kGpName || field == kEffect || field == kUntil || field == kRevision;
}

constexpr std::array<rows::NamedColumn, kFields> columns() {
  std::array<rows::NamedColumn, kFields> table{};
  for (std::size_t i = 0; i < kFields; ++i) table[i] = {kNames[i].text(), may_be_absent(i)};
  return table;
}
constexpr std::array<rows::NamedColumn, kFields> kTable = columns();

}  // namespace

Counts read_csv(vestitel::Input& in, vestitel::Emit& out, Contracts& contracts) {
  rows::RowReader reader(in, out, {';', rows::Charset::automatic});
  rows::NamedColumns<kFields> named(kTable);
  if (out.failed() || !named.bind(reader, out)) return {};
  for (rows::Row row; reader.next(row);) {
    if (const rows::CellFault fault = contracts.take(named.cells(row), row.place)) named.quarantine(reader, row, fault);
  }
  return {reader.rows(), reader.quarantined(), 0};
}

}  // namespace gp_contracts
