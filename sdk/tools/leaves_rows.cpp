#include <algorithm>
#include <array>
#include <vestitel/encoding.hpp>

#include "core/base/json_text.hpp"
#include "sdk/tools/leaves.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) ++at;
  return at;
}

// Members of objects in one line, at any depth; what stands in an array has the path of the array.
class JsonCutter {
 public:
  JsonCutter(std::string_view line, std::size_t base, std::uint32_t number, std::vector<Leaf>& into)
      : line_(line), base_(base), number_(number), into_(into) {}

  bool value(const std::string& path, bool is_leaf) {
    at_ = skip_space(line_, at_);
    if (at_ >= line_.size()) return false;
    if (line_[at_] == '{') return members(path, '}');
    if (line_[at_] == '[') return members(path, ']');
    const std::size_t from = at_;
    if (line_[at_] == '"' ? !text() : !word()) return false;
    if (is_leaf) into_.push_back({path, base_ + from, at_ - from, 0, 0, number_});
    return true;
  }

 private:
  bool members(const std::string& path, char end) {
    for (bool first = true;; first = false) {
      ++at_;  // the bracket, or the comma
      at_ = skip_space(line_, at_);
      if (at_ >= line_.size()) return false;
      if (first && line_[at_] == end) break;
      const std::size_t from = at_, known = into_.size();
      if (!(end == '}' ? member(path) : value(path, true))) return false;
      at_ = skip_space(line_, at_);
      if (at_ >= line_.size()) return false;
      const bool last = line_[at_] == end;
      if (end == '}' && into_.size() == known + 1) say_cut(into_.back(), from, first, last);
      if (last) break;
      if (line_[at_] != ',') return false;
    }
    ++at_;
    return true;
  }
  // With the comma behind it; of the last member with the one before it.
  void say_cut(Leaf& leaf, std::size_t from, bool first, bool last) const {
    std::size_t begin = from;
    while (last && !first && line_[begin] != ',') --begin;
    leaf.cut_from = base_ + begin;
    leaf.cut_length = at_ + (last ? 0 : 1) - begin;
  }
  bool member(const std::string& path) {
    const std::size_t from = at_ + 1;
    if (line_[at_] != '"' || !text()) return false;
    const std::string name(line_.substr(from, at_ - 1 - from));
    at_ = skip_space(line_, at_);
    if (at_ >= line_.size() || line_[at_++] != ':') return false;
    return value(path.empty() ? name : path + "/" + name, true);
  }
  bool text() {
    for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) at_ += line_[at_] == '\\' ? 1U : 0U;
    return at_++ < line_.size();
  }
  bool word() {
    const std::size_t from = at_;
    while (at_ < line_.size() && std::string_view(",]} \t\r").find(line_[at_]) == std::string_view::npos) ++at_;
    return at_ > from;
  }

  const std::string_view line_;
  const std::size_t base_;
  const std::uint32_t number_;
  std::vector<Leaf>& into_;
  std::size_t at_ = 0;
};

struct Cell {
  std::size_t from = 0, length = 0;
};

// The cells of the row that begins at `at`, which goes to its end; a line end within quotes belongs to its cell.
std::vector<Cell> cells_of(std::string_view document, std::size_t& at, char separator) {
  std::vector<Cell> cells;
  for (;;) {
    const bool quoted = at < document.size() && document[at] == '"';
    const std::size_t from = at + (quoted ? 1 : 0);
    if (quoted) {
      for (++at; at < document.size(); ++at) {
        if (document[at] != '"') continue;
        if (at + 1 >= document.size() || document[at + 1] != '"') break;
        ++at;
      }
    }
    std::size_t end = at;
    while (at < document.size() && document[at] != separator && document[at] != '\n') ++at;
    if (!quoted) end = at > from && document[at - 1] == '\r' ? at - 1 : at;
    cells.push_back({from, end - from});
    if (at >= document.size() || document[at++] == '\n') return cells;
  }
}

char separator_of(std::string_view header) {
  constexpr std::array<char, 4> kKnown = {',', ';', '\t', '|'};
  return *std::max_element(kKnown.begin(), kKnown.end(), [&](char a, char b) {
    return std::count(header.begin(), header.end(), a) < std::count(header.begin(), header.end(), b);
  });
}

std::string utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  append_windows_1251(out, text);
  return out;
}

}  // namespace

std::vector<Leaf> leaves_of_json_lines(std::string_view document) {
  std::vector<Leaf> leaves;
  std::uint32_t number = 0;
  for (std::size_t at = 0; at < document.size();) {
    const std::string_view line = document.substr(at, document.find('\n', at) - at);
    const std::size_t known = leaves.size();
    if (!JsonCutter(line, at, ++number, leaves).value("", false)) leaves.resize(known);
    at += line.size() + 1;
  }
  return leaves;
}

std::vector<Leaf> leaves_of_table(std::string_view document) {
  std::size_t at = document.starts_with(kMark) ? kMark.size() : 0;
  const char separator = separator_of(document.substr(at, document.find('\n', at) - at));
  std::vector<std::string> columns;
  for (const Cell& cell : cells_of(document, at, separator))
    columns.push_back(utf8(document.substr(cell.from, cell.length)));
  std::vector<Leaf> leaves;
  if (columns.size() < 2) return leaves;
  for (std::size_t counted = 0, line = 1; at < document.size();) {
    line += static_cast<std::size_t>(std::count(document.begin() + static_cast<std::ptrdiff_t>(counted),
                                                document.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    const auto cells = cells_of(document, at, separator);
    if (cells.size() != columns.size()) continue;
    for (std::size_t i = 0; i < cells.size(); ++i)
      leaves.push_back({columns[i], cells[i].from, cells[i].length, 0, 0, static_cast<std::uint32_t>(line)});
  }
  return leaves;
}

std::optional<Leaves> leaves_of(std::string_view document) {
  std::size_t at = document.starts_with(kMark) ? kMark.size() : 0;
  while (at < document.size() && (skip_space(document, at) != at || document[at] == '\n')) ++at;
  if (at == document.size()) return std::nullopt;
  Leaves out;
  if (document[at] == '<') {
    out.all = leaves_of_xml(document);
  } else if (document[at] == '{') {
    out.form = LeafForm::kJsonLines;
    out.all = leaves_of_json_lines(document);
  } else {
    out.form = LeafForm::kTable;
    out.all = leaves_of_table(document);
  }
  return out.all.empty() ? std::nullopt : std::optional(std::move(out));
}

}  // namespace vestitel
