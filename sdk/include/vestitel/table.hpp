// A CSV with a header, row by row: what most laboratories, pharmacies and practice programs can export.
//
//   for (const auto& row : vestitel::table(in, out, ';')) {
//     out.event("activity.laboratory", row.place).key(document.partner, row["No"]).egn(row["EGN"]).on(row["Date"]);
//   }
//
// RFC 4180: a cell in double quotes may hold separators, doubled quotes and ends of lines. Streams: memory is one row.
// A row with another number of cells than the header is quarantined whole and never seen by the loop; an empty line is
// skipped. A column that the header does not name refuses the document when it is asked for (E_DATA, line 1).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "emit.hpp"
#include "encoding.hpp"
#include "reader.hpp"

namespace vestitel {
inline namespace v1 {

// The first row of a table.
struct Header {
  std::vector<std::string> names;  // without the white space around them; UTF-8, as everything
  std::uint32_t line = 1;          // where it stands
};

// One row. Views are valid until the next row is asked for.
class Row {
 public:
  vestitel_place place{};  // of its first character; column 1

  // The cell under this name of the header, without the white space around it unless it was quoted. Of two columns of
  // one name the first is meant. Throws Error E_DATA when there is no such column.
  std::string_view operator[](std::string_view column) const {
    for (std::size_t i = 0; i < header_->names.size(); ++i) {
      if (header_->names[i] == column) return (*this)[i];
    }
    throw Error::data("line " + std::to_string(header_->line) + ": the header has no column " + std::string(column));
  }
  // The cell by its number, from 0; empty beyond the last one.
  std::string_view operator[](std::size_t i) const {
    return i < cells_.size() ? cells_[i].view(*this) : std::string_view();
  }
  std::size_t size() const { return cells_.size(); }
  // The row as UTF-8, without the end of its last line.
  std::string_view text() const { return text_; }

 private:
  friend class Table;
  // Where a cell lies: in the row's text, or, where quotes had to be taken out, in its own.
  struct Cell {
    std::size_t from = 0, length = 0;
    bool unquoted = false;
    std::string_view view(const Row& row) const {
      return (unquoted ? std::string_view(row.unquoted_) : row.text_).substr(from, length);
    }
  };

  const Header* header_ = nullptr;
  std::string_view text_;
  std::string unquoted_;  // the texts of cells that were quoted, one after the other
  std::vector<Cell> cells_;
};

// The rows below the header. Borrows `in` and `out` for the call of parse. A row longer than 1 MiB, which is what a
// quote that nobody closes looks like, refuses the document.
class Table {
 public:
  Table(Input& in, Emit& out, char separator, Encoding encoding)
      : lines_(in), in_(in), out_(out), separator_(separator), encoding_(encoding) {
    if (!read(row_)) return;
    header_.line = row_.place.line;
    for (std::size_t i = 0; i < row_.size(); ++i) header_.names.emplace_back(row_[i]);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const Header& header() const { return header_; }

  // False at the end, and when the call is over.
  bool next(Row& row) {
    while (read(row)) {
      if (row.size() == header_.names.size()) return true;
      out_.quarantine(
          row.place, "row",
          std::to_string(header_.names.size()) + " cells expected, " + std::to_string(row.size()) + " found",
          row.text());
    }
    return false;
  }

  class Iterator {
   public:
    const Row& operator*() const { return table_->row_; }
    const Row* operator->() const { return &table_->row_; }
    Iterator& operator++() {
      if (!table_->next(table_->row_)) table_ = nullptr;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return table_ != other.table_; }

   private:
    friend class Table;
    explicit Iterator(Table* table) : table_(table) {
      if (table_ != nullptr) ++*this;
    }
    Table* table_;
  };
  Iterator begin() { return Iterator(this); }
  Iterator end() { return Iterator(nullptr); }

 private:
  static constexpr std::size_t kLongestRow = std::size_t{1} << 20;

  // The next row that is not empty, header or not.
  bool read(Row& row) {
    Line line;
    do {
      if (in_.failed() || !lines_.next(line)) return false;
    } while (line.text.empty());
    row.header_ = &header_;
    row.place = line.place;
    row.text_ = decoded(line.text);
    row.cells_.clear();
    row.unquoted_.clear();
    for (std::size_t at = 0;; ++at) {
      at = blank(row.text_, at);
      const bool quoted = at < row.text_.size() && row.text_[at] == '"';
      if (!quoted) {
        plain_cell(row, at);
      } else if (!quoted_cell(row, at)) {
        return false;
      }
      if (at >= row.text_.size()) return true;
    }
  }

  // A quote is open at the end of the line: the row goes on with the next one. False: there is none, or the row has
  // become too long; the document is refused.
  bool go_on(Row& row) {
    if (row.text_.data() != gathered_.data()) gathered_.assign(row.text_);
    Line line;
    if (gathered_.size() > kLongestRow || !lines_.next(line)) {
      if (!in_.failed()) out_.reject(row.place, "row", "a quoted cell has no end");
      return false;
    }
    gathered_.append(1, '\n').append(decoded(line.text));
    row.text_ = gathered_;
    return true;
  }

  std::string_view decoded(std::string_view line) {
    if (encoding_ == Encoding::utf8) return line;
    decoded_.clear();
    append_windows_1251(decoded_, line);
    return decoded_;
  }

  // The first place from `at` on that is no blank; a separator that is one ends the search.
  std::size_t blank(std::string_view text, std::size_t at) const {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t') && text[at] != separator_) ++at;
    return at;
  }

  // Both leave `at` on the separator behind the cell, or at the end of the text.
  void plain_cell(Row& row, std::size_t& at) const {
    const std::size_t end = std::min(row.text_.find(separator_, at), row.text_.size());
    row.cells_.push_back({at, trim(row.text_.substr(at, end - at)).size(), false});
    at = end;
  }
  bool quoted_cell(Row& row, std::size_t& at) {
    const std::size_t from = row.unquoted_.size();
    for (++at;;) {
      const std::size_t quote = row.text_.find('"', at);
      row.unquoted_.append(row.text_.substr(at, quote == std::string_view::npos ? quote : quote - at));
      if (quote == std::string_view::npos) {
        at = row.text_.size() + 1;  // behind the end of line
        row.unquoted_.push_back('\n');
        if (!go_on(row)) return false;
        continue;
      }
      at = quote + 1;
      if (at >= row.text_.size() || row.text_[at] != '"') break;
      row.unquoted_.push_back('"');
      ++at;
    }
    row.cells_.push_back({from, row.unquoted_.size() - from, true});
    at = std::min(row.text_.find(separator_, at), row.text_.size());
    return true;
  }

  Lines lines_;
  Input& in_;
  Emit& out_;
  const char separator_;
  const Encoding encoding_;
  std::string decoded_;  // the line that was read last, as UTF-8
  Header header_;
  std::string gathered_;  // a row of several lines
  Row row_;
};

inline Table table(Input& in, Emit& out, char separator = ',', Encoding encoding = Encoding::utf8) {
  return Table(in, out, separator, encoding);
}

}  // namespace v1
}  // namespace vestitel
