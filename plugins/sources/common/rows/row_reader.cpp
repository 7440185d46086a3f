#include "plugins/sources/common/rows/row_reader.hpp"

#include <algorithm>
#include <cstring>

#include "plugins/sources/common/trimmed.hpp"

namespace rows {
namespace {

constexpr std::size_t kLongestRow =
    std::size_t{64} * 1024;  // of several lines: what a quote that nobody closes looks like

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return !vestitel::detail::is_tail(static_cast<unsigned char>(c)); }));
}

}  // namespace

std::string_view Row::operator[](std::size_t i) const {
  if (i >= cells_.size()) return {};
  const Cell& cell = cells_[i];
  if (cell.unquoted) return std::string_view(unquoted_).substr(cell.from, cell.length);
  return sources::trimmed(text_.substr(cell.from, cell.length));
}

RowReader::RowReader(vestitel::Input& in, vestitel::Emit& out, const Dialect& dialect)
    : in_(in), out_(out), dialect_(dialect), lines_(in), decoder_(dialect.charset) {
  if (!dialect_.header) return;
  Row row;
  const Read read_header = read(row);
  header_place_ = row.place;
  if (read_header == Read::end && !out_.failed()) {
    out_.reject({}, "document", "the document is empty");
  } else if (read_header == Read::bad && !out_.failed()) {
    out_.reject(row.place, "header", "cannot be read");
  } else {
    for (std::size_t i = 0; i < row.size(); ++i) header_.emplace_back(row[i]);
  }
}

std::size_t RowReader::column(std::string_view name, bool optional) {
  std::size_t found = kNone;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (header_[i] != name) continue;
    if (found != kNone) return out_.reject(header_place_, name, "stands twice in the header"), 0;
    found = i;
  }
  if (found != kNone || optional) return found;
  return out_.reject(header_place_, name, "the header has no such column"), 0;
}

bool RowReader::next(Row& row) {
  while (!out_.failed()) {
    const Read got = read(row);
    if (got == Read::end || out_.failed()) return false;
    if (got == Read::bad) continue;
    ++rows_;
    if (!dialect_.header || row.size() == header_.size()) return true;
    quarantine(row, kNone, "row", "has " + std::to_string(row.size()) + " cells, other than the header");
  }
  return false;
}

// The next row that is not empty, header or not.
RowReader::Read RowReader::read(Row& row) {
  RawLine line;
  do {
    if (in_.failed() || !lines_.next(line)) return Read::end;
    if (line.marked) decoder_.see_mark();
  } while (line.bytes.empty());
  row.place = line.place;
  if (line.overlong) {
    set_aside(line.place, "row", "is longer than 256 KiB", line.bytes.substr(0, kLongestRow));
    return Read::bad;
  }
  if (!decoder_.decode(line.bytes, row.text_)) return refuse(line);
  pieces_.assign(1, {0, line.place});
  if (split(row)) return Read::row;
  if (!out_.failed()) quarantine_at(row, split_fault_at_, "row", split_fault_);
  return Read::bad;
}

RowReader::Read RowReader::refuse(const RawLine& line) {
  if (decoder_.fatal()) {
    out_.reject(line.place, "document", decoder_.fault());
  } else {
    set_aside(line.place, "row", decoder_.fault(), line.bytes);
  }
  return Read::bad;
}

bool RowReader::split(Row& row) {
  row.cells_.clear();
  row.unquoted_.clear();
  if (dialect_.separator == '\0') {
    row.cells_.push_back({0, row.text_.size(), 0, false});
    return true;
  }
  if (std::memchr(row.text_.data(), '"', row.text_.size()) == nullptr) return split_plain(row), true;
  for (std::size_t at = 0;; ++at) {
    std::size_t start = at;
    while (start < row.text_.size() && is_blank(row.text_[start]) && row.text_[start] != dialect_.separator) ++start;
    if (start < row.text_.size() && row.text_[start] == '"') {
      at = start;
      if (!quoted_cell(row, at)) return false;
    } else {
      const std::size_t end = std::min(row.text_.find(dialect_.separator, at), row.text_.size());
      row.cells_.push_back({at, end - at, start, false});
      at = end;
    }
    if (at >= row.text_.size()) return true;
  }
}

void RowReader::split_plain(Row& row) const {
  const char* const begin = row.text_.data();
  const char* const end = begin + row.text_.size();
  for (const char* at = begin;; ++at) {
    const void* found = std::memchr(at, dialect_.separator, static_cast<std::size_t>(end - at));
    const char* stop = found == nullptr ? end : static_cast<const char*>(found);
    const auto from = static_cast<std::size_t>(at - begin);
    row.cells_.push_back({from, static_cast<std::size_t>(stop - at), from, false});
    if (found == nullptr) return;
    at = stop;
  }
}

// `at` stands on the opening quote; afterwards on the separator behind the cell, or at the end of the text.
bool RowReader::quoted_cell(Row& row, std::size_t& at) {
  const std::size_t start = at, from = row.unquoted_.size();
  for (++at;;) {
    const std::size_t quote = row.text_.find('"', at);
    row.unquoted_.append(row.text_.substr(at, quote == std::string_view::npos ? quote : quote - at));
    if (quote == std::string_view::npos) {
      if (!dialect_.multiline) return bad(start, "a quoted cell has no end");
      at = row.text_.size() + 1;  // behind the end of line
      row.unquoted_.push_back('\n');
      if (!go_on(row)) return bad(start, "a quoted cell has no end");
      continue;
    }
    at = quote + 1;
    if (at >= row.text_.size() || row.text_[at] != '"') break;
    row.unquoted_.push_back('"');
    ++at;
  }
  row.cells_.push_back({from, row.unquoted_.size() - from, start, true});
  while (at < row.text_.size() && is_blank(row.text_[at]) && row.text_[at] != dialect_.separator) ++at;
  return at >= row.text_.size() || row.text_[at] == dialect_.separator ||
         bad(at, "a quoted cell goes on behind its closing quote");
}

bool RowReader::bad(std::size_t at, const char* reason) {
  split_fault_at_ = at;
  split_fault_ = reason;
  return false;
}

// The row goes on with the next line. A quote that stays open has eaten rows that nobody can tell from its cell: the
// document is refused.
bool RowReader::go_on(Row& row) {
  if (row.text_.data() != gathered_.data()) gathered_.assign(row.text_);
  RawLine line;
  std::string_view text;
  if (gathered_.size() > kLongestRow || !lines_.next(line) || !decoder_.decode(line.bytes, text)) {
    if (!in_.failed()) out_.reject(row.place, "row", "a quoted cell has no end");
    return false;
  }
  pieces_.push_back({gathered_.size() + 1, line.place});
  gathered_.append(1, '\n').append(text);
  row.text_ = gathered_;
  return true;
}

vestitel_place RowReader::place_of(const Row& row, std::size_t text_at) const {
  const Piece* piece = &pieces_.front();
  for (const Piece& one : pieces_) {
    if (one.at <= text_at) piece = &one;
  }
  const std::string_view before = row.text_.substr(piece->at, text_at - piece->at);
  vestitel_place place = piece->place;
  place.byte += decoder_.original_size(before);
  place.column += static_cast<std::uint32_t>(characters(before));
  return place;
}

void RowReader::quarantine(const Row& row, std::size_t cell, std::string_view element, std::string_view reason) {
  std::size_t at = 0;
  if (cell < row.cells_.size()) at = row.cells_[cell].start;
  while (at < row.text_.size() && is_blank(row.text_[at]) && row.text_[at] != dialect_.separator) ++at;
  quarantine_at(row, at, element, reason);
}

void RowReader::quarantine_at(const Row& row, std::size_t text_at, std::string_view element, std::string_view reason) {
  set_aside(place_of(row, text_at), element, reason, row.text_);
}

void RowReader::set_aside(vestitel_place place, std::string_view element, std::string_view reason,
                          std::string_view bytes) {
  ++quarantined_;
  out_.quarantine(place, element, reason, bytes);
}

}  // namespace rows
