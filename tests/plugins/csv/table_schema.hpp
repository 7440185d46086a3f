// A Table Schema beside a format of ours, and what it says of the cells of a document.
#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>
#include <vestitel/time.hpp>

#include "tests/plugins/csv/csv_rig.hpp"

namespace vestitel::testing {

inline Texts split_line(const std::string& line, char separator) {
  Texts cells(1);
  for (const char c : line) {
    if (c == separator) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

class TableSchema {
 public:
  explicit TableSchema(const std::string& path) : fields_(nlohmann::json::parse(file_text(path)).at("fields")) {}

  Texts columns() const {
    Texts names;
    for (const auto& field : fields_) names.push_back(field.at("name"));
    return names;
  }
  // The columns of a row that the schema does not let pass, "a row" where it has another number of cells.
  Texts faults(const Texts& header, const Texts& row) const {
    if (header.size() != row.size()) return {"a row"};
    Texts all;
    for (const auto& field : fields_) {
      const auto at = std::find(header.begin(), header.end(), field.at("name"));
      const std::string cell = at == header.end() ? "" : row[static_cast<std::size_t>(at - header.begin())];
      if (!fits(field, cell)) all.push_back(field.at("name"));
    }
    return all;
  }

 private:
  static bool fits(const nlohmann::json& field, const std::string& cell) {
    const auto rules = field.value("constraints", nlohmann::json::object());
    if (cell.empty()) return !rules.value("required", false);
    if (field.at("type") == "date" && !parse_date(cell)) return false;
    if (rules.contains("pattern") && !std::regex_match(cell, std::regex(rules.at("pattern").get<std::string>())))
      return false;
    const auto allowed = rules.value("enum", Texts{cell});
    return std::find(allowed.begin(), allowed.end(), cell) != allowed.end();
  }

  const nlohmann::json fields_;
};

}  // namespace vestitel::testing
