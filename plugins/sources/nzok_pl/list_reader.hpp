// The patient list of a GP, read by the names of its columns.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/rows/row_reader.hpp"

namespace nzok_pl {

struct Options {
  rows::Charset charset = rows::Charset::automatic;
  std::vector<std::string> ended_reasons, temporary_types;
  static Options from(std::string_view encoding, std::string_view ended_reasons, std::string_view temporary_types);
};

// Why a row cannot be an event: the column, and words without any value.
struct Fault {
  std::size_t cell = rows::RowReader::kNone;
  std::string_view column;
  std::string_view reason;
  explicit operator bool() const { return !reason.empty(); }
};

class ListReader {
 public:
  // Borrows all of them for the call of parse.
  ListReader(const Options& options, vestitel::Input& in, vestitel::Emit& out, const vestitel::Date& today);

  void read();
  std::uint64_t rows() const { return rows_.rows(); }
  std::uint64_t quarantined() const { return rows_.quarantined(); }

 private:
  struct Column {
    std::string_view name;
    std::size_t cell = rows::RowReader::kNone;
  };
  struct Choice {
    std::uint16_t kind = 0;
    std::string_view person, uin, practice, reason, type, gp_name;
    vestitel::Date from, to;
    bool ended = false;  // TO_DATE is filled
  };

  bool bind();
  Fault check(const rows::Row& row);
  Fault check_person(const rows::Row& row);
  Fault check_dates(const rows::Row& row);
  void emit(const rows::Row& row);
  void write(vestitel::Event& event, std::string_view end, const vestitel::Date& on);
  std::string_view cell(const rows::Row& row, const Column& column) const { return row[column.cell]; }
  static Fault fault(const Column& column, std::string_view reason) { return {column.cell, column.name, reason}; }

  const Options& options_;
  vestitel::Emit& out_;
  const vestitel::Date today_;
  rows::RowReader rows_;
  Column egn_{"EGN"}, lnc_{"LNC"}, snn_{"SNN"}, ezok_{"EZOK"}, spogodba_{"SPOGODBA"};
  Column uin_{"UIN"}, practice_{"RCZ_NUMBER"}, from_{"FROM_DATE"}, to_{"TO_DATE"};
  Column reason_{"REASON_OTP"}, type_{"CHOICE_TYPE"}, gp_name_{"NAME_OPL"};
  Choice choice_;
  std::string scope_, record_, region_, reason_text_, type_text_, name_text_;
};

}  // namespace nzok_pl
