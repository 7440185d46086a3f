#include "plugins/sources/wards/register_reader.hpp"

#include "plugins/sources/common/rows/checks.hpp"

namespace wards {
namespace {

bool is_kind(std::string_view text) { return text == "parent" || text == "guardian" || text == "trustee"; }

}  // namespace

const std::array<rows::NamedColumn, RegisterReader::kColumns> RegisterReader::kTable = {{{"region"},
                                                                                         {"record"},
                                                                                         {"ward_type"},
                                                                                         {"ward"},
                                                                                         {"carer_type"},
                                                                                         {"carer"},
                                                                                         {"kind"},
                                                                                         {"from"},
                                                                                         {"to", true},
                                                                                         {"revision", true}}};

RegisterReader::RegisterReader(vestitel::Input& in, vestitel::Emit& out, const vestitel::Date& today, bool complete)
    : out_(out),
      today_(today),
      complete_(complete),
      rows_(in, out, {';', rows::Charset::automatic}),
      columns_(kTable) {}

void RegisterReader::read() {
  if (out_.failed() || !columns_.bind(rows_, out_)) return;
  for (rows::Row row; rows_.next(row);) {
    cells_ = columns_.cells(row);
    if (const rows::CellFault fault = check()) {
      columns_.quarantine(rows_, row, fault);
    } else {
      emit(row);
    }
  }
  // A row that could not be read may be the one that seems to be gone.
  if (complete_ && rows_.quarantined() == 0 && !out_.failed()) regions_.complete(out_);
}

rows::CellFault RegisterReader::check() const {
  if (!rows::is_region(cells_[kRegion])) return {kRegion, "is not a region from 01 to 28"};
  if (const rows::CellFault fault = check_persons()) return fault;
  if (const rows::CellFault fault = check_record()) return fault;
  if (!is_kind(cells_[kKind])) return {kKind, "is none of parent, guardian and trustee"};
  if (const rows::CellFault fault = check_dates()) return fault;
  const std::string_view revision = cells_[kRevision];
  if (!revision.empty() && revision != "annulled") return {kRevision, "is neither empty nor annulled"};
  return {};
}

rows::CellFault RegisterReader::check_persons() const {
  for (const auto& [type, id] : {std::pair{kWardType, kWard}, std::pair{kCarerType, kCarer}}) {
    const std::uint16_t kind = rows::person_kind(cells_[type]);
    if (kind == 0) return {type, "is none of egn, lnch, nap and ehic"};
    if (const auto wrong = rows::person_fault(kind, cells_[id], today_); !wrong.empty()) return {id, wrong};
  }
  if (cells_[kCarer] == cells_[kWard] && cells_[kCarerType] == cells_[kWardType]) return {kCarer, "is the ward's own"};
  return {};
}

rows::CellFault RegisterReader::check_record() const {
  for (const Column id : {kWard, kCarer}) {
    if (const auto wrong = rows::record_fault(cells_[kRecord], cells_[id]); !wrong.empty()) return {kRecord, wrong};
  }
  return {};
}

// What is registered may end at a day to come; it cannot have begun there.
rows::CellFault RegisterReader::check_dates() const {
  const std::string_view from = cells_[kFrom], to = cells_[kTo];
  if (const auto wrong = rows::past_day_fault(from, today_); !wrong.empty()) return {kFrom, wrong};
  if (to.empty()) return {};
  if (const auto wrong = rows::day_fault(to); !wrong.empty()) return {kTo, wrong};
  return *vestitel::parse_date(to) < *vestitel::parse_date(from) ? rows::CellFault{kTo, "lies before the beginning"}
                                                                 : rows::CellFault{};
}

void RegisterReader::emit(const rows::Row& row) {
  regions_.see(cells_[kRegion]);
  auto& event = out_.event("guardianship.changed", row.place);
  event.key(cells_[kRegion], cells_[kRecord]).subject(rows::person_kind(cells_[kWardType]), cells_[kWard]);
  event.on(cells_[kFrom]).facility({}, {}, cells_[kRegion]);
  event.attr("period.from", cells_[kFrom]).attr("period.to", cells_[kTo]).attr("wards.kind", cells_[kKind]);
  event.attr("wards.carer-type", cells_[kCarerType]).attr("wards.carer", cells_[kCarer]);
  if (!cells_[kRevision].empty()) event.annulled();
}

}  // namespace wards
