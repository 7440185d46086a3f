// The rows of a CSV document, or the lines of one without separators, strictly: a row that is not exactly what the
// dialect says is quarantined alone, and the next one is read.
//
//   rows::RowReader reader(in, out, {';'});
//   for (rows::Row row; reader.next(row);) ...
//
// A cell in double quotes may hold separators and doubled quotes; after its closing quote nothing may come but blanks.
// A quote inside of a cell without quotes is a character like any other.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/rows/line_decoder.hpp"
#include "plugins/sources/common/rows/line_reader.hpp"

namespace rows {

struct Dialect {
  char separator = ',';  // '\0': none, a row is one cell
  Charset charset = Charset::automatic;
  bool header = true;      // the first row names the columns
  bool multiline = false;  // a quoted cell may go on with the next line
};

// One row; valid until the next one is asked for.
class Row {
 public:
  vestitel_place place{};  // of its first character
  std::string_view text() const { return text_; }
  std::size_t size() const { return cells_.size(); }
  // The cell without the white space around it, unless it was quoted.
  std::string_view operator[](std::size_t i) const;

 private:
  friend class RowReader;
  struct Cell {
    std::size_t from, length, start;  // start: where it begins in the text, its quote included
    bool unquoted;                    // from and length are those of unquoted_
  };
  std::string_view text_;
  std::string unquoted_;
  std::vector<Cell> cells_;
};

class RowReader {
 public:
  // Borrows both, for the call of parse. Reads the header where there is one; a document without it is refused.
  RowReader(vestitel::Input& in, vestitel::Emit& out, const Dialect& dialect);
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  const std::vector<std::string>& header() const { return header_; }
  vestitel_place header_place() const { return header_place_; }

  // The column of this name, which must stand in the header exactly once; else the document is refused, and the
  // answer is 0. Where it is `optional` and does not stand there: kNone.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t column(std::string_view name, bool optional = false);

  // False at the end, and when the call is over. Rows that cannot be read are quarantined and passed over.
  bool next(Row& row);

  // Sets the row aside; the place is that of the cell, or with kNone of the row.
  void quarantine(const Row& row, std::size_t cell, std::string_view element, std::string_view reason);
  // The same at a character of the row's text.
  void quarantine_at(const Row& row, std::size_t text_at, std::string_view element, std::string_view reason);

  std::uint64_t rows() const { return rows_; }
  std::uint64_t quarantined() const { return quarantined_; }

 private:
  enum class Read { row, bad, end };

  Read read(Row& row);
  Read refuse(const RawLine& line);
  bool split(Row& row);
  void split_plain(Row& row) const;
  bool quoted_cell(Row& row, std::size_t& at);
  bool go_on(Row& row);
  bool bad(std::size_t at, const char* reason);
  vestitel_place place_of(const Row& row, std::size_t text_at) const;
  void set_aside(vestitel_place place, std::string_view element, std::string_view reason, std::string_view bytes);

  vestitel::Input& in_;
  vestitel::Emit& out_;
  const Dialect dialect_;
  LineReader lines_;
  LineDecoder decoder_;
  std::vector<std::string> header_;
  vestitel_place header_place_{};
  std::string gathered_;  // a row of several lines
  struct Piece {
    std::size_t at;  // in the row's text
    vestitel_place place;
  };
  std::vector<Piece> pieces_;  // the lines of the row
  const char* split_fault_ = nullptr;
  std::size_t split_fault_at_ = 0;
  std::uint64_t rows_ = 0, quarantined_ = 0;
};

}  // namespace rows
