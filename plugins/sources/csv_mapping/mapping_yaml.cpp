#include "plugins/sources/csv_mapping/mapping_yaml.hpp"

#include <algorithm>

namespace csv_mapping {
namespace {

constexpr std::size_t kColumns = 1000, kTables = 100, kTests = 200;
constexpr std::size_t kLongestText = 2000, kLongestToken = 64, kWidest = 10'000;

struct TypeName {
  std::string_view name;
  Type type;
};
constexpr TypeName kTypeNames[] = {{"text", Type::text},         {"token", Type::token},  {"digits", Type::digits},
                                   {"date", Type::date},         {"egn", Type::egn},      {"lnch", Type::lnch},
                                   {"nap", Type::nap},           {"ehic", Type::ehic},    {"uin", Type::uin},
                                   {"facility", Type::facility}, {"amount", Type::amount}};

Type type_named(const YAML::Node& node, const std::string& name) {
  std::string known;
  for (const TypeName& one : kTypeNames) {
    if (one.name == name) return one.type;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  fail_at(node, "type", "is none of " + known);
}

// A pattern of a date names year, month and day once each.
void check_pattern(const YAML::Node& node, const std::string& pattern) {
  const vestitel::Date day{2026, 11, 25};
  std::string shown;
  for (std::size_t i = 0; i < pattern.size();) {
    const std::string_view rest = std::string_view(pattern).substr(i);
    const std::string_view mark = rest.substr(0, 4) == "YYYY"                              ? rest.substr(0, 4)
                                  : rest.substr(0, 2) == "MM" || rest.substr(0, 2) == "DD" ? rest.substr(0, 2)
                                                                                           : rest.substr(0, 1);
    shown += mark == "YYYY" ? "2026" : mark == "MM" || mark == "M" ? "11" : mark == "DD" || mark == "D" ? "25" : mark;
    i += mark.size();
  }
  const auto read = vestitel::parse_date(shown, pattern);
  if (!read || !(*read == day)) fail_at(node, "pattern", "YYYY, MM or M, and DD or D are expected, once each");
}

void read_place(YamlMap& map, const Mapping& mapping, Column& column) {
  column.at = map.number("at", 1, kWidest);
  column.width = map.number("width", 1, kWidest);
  if (mapping.fixed) {
    if (column.at == 0 || column.width == 0) fail_at(map.node(), column.name, "at and width are expected");
  } else if (mapping.dialect.header) {
    if (column.at + column.width != 0) fail_at(map.node(), column.name, "at and width are for files without a header");
  } else if (column.at == 0 || column.width != 0) {
    fail_at(map.node(), column.name, "at, the number of the column, is expected, and no width");
  }
}

Column read_column(const YamlMap::Member& member, const Mapping& mapping) {
  Column column;
  column.name = member.key;
  YamlMap map(member.value, member.key);
  if (const YAML::Node type = map.take("type"); type.IsDefined()) {
    column.type = type_named(type, scalar(type, "type"));
  }
  column.required = map.truth("required", false);
  column.upper = map.truth("upper", false);
  column.length = map.number("length", 1, kLongestText);
  column.longest = map.number("longest", 1, kLongestText);
  if (column.longest == 0) column.longest = column.type == Type::text ? kLongestText : kLongestToken;
  column.empty = map.texts("empty");
  if (const YAML::Node pattern = map.take("pattern"); pattern.IsDefined()) {
    if (column.type != Type::date) fail_at(pattern, "pattern", "is for columns of type date");
    column.pattern = scalar(pattern, "pattern");
    check_pattern(pattern, column.pattern);
  }
  read_place(map, mapping, column);
  map.end();
  return column;
}

void read_columns(const YAML::Node& node, Mapping& mapping) {
  YamlMap map(node, "columns");
  if (map.members().size() > kColumns) fail_at(node, "columns", "more than 1,000");
  for (const YamlMap::Member& member : map.members()) mapping.columns.push_back(read_column(member, mapping));
}

void read_tables(const YAML::Node& node, Mapping& mapping) {
  YamlMap map(node, "tables");
  if (map.members().size() > kTables) fail_at(node, "tables", "more than 100");
  for (const YamlMap::Member& member : map.members()) {
    Table table{member.key, {}};
    YamlMap entries(member.value, member.key);
    for (const YamlMap::Member& entry : entries.members()) {
      table.meanings.emplace(entry.key, scalar(entry.value, entry.key));
    }
    mapping.tables.push_back(std::move(table));
  }
}

void read_skip(const YAML::Node& node, Mapping& mapping) {
  if (!node.IsDefined()) return;
  if (!node.IsSequence()) fail_at(node, "skip", "a list is expected");
  for (const auto& one : node) {
    YamlMap map(one, "skip");
    const std::string name = map.need("column");
    mapping.skip.push_back({column_named(mapping, one, name), map.texts("values")});
    map.end();
  }
}

void read_dialect(YamlMap& map, Mapping& mapping) {
  const std::string format = map.text("format", "csv");
  if (format != "csv" && format != "fixed") fail_at(map.take("format"), "format", "csv or fixed is expected");
  mapping.fixed = format == "fixed";
  const std::string encoding = map.text("encoding", "utf-8");
  if (encoding != "utf-8" && encoding != "windows-1251" && encoding != "automatic") {
    fail_at(map.take("encoding"), "encoding", "utf-8, windows-1251 or automatic is expected");
  }
  mapping.dialect.charset = encoding == "utf-8"          ? rows::Charset::utf8
                            : encoding == "windows-1251" ? rows::Charset::windows_1251
                                                         : rows::Charset::automatic;
  const std::string separator = map.text("separator", mapping.fixed ? "" : ",");
  const bool plain = separator.size() == 1 && static_cast<unsigned char>(separator[0]) < 0x80 && separator != "\"" &&
                     separator != "\n" && separator != "\r";
  if (mapping.fixed ? !separator.empty() : !plain) {
    fail_at(map.take("separator"), "separator", "one character of ASCII is expected for csv, and none for fixed");
  }
  mapping.dialect.separator = mapping.fixed ? '\0' : separator[0];
  mapping.dialect.header = map.truth("header", !mapping.fixed);
  if (mapping.fixed && mapping.dialect.header) fail_at(map.take("header"), "header", "is for csv");
  mapping.dialect.multiline = map.truth("multiline", false);
  mapping.line_length = map.number("line_length", 1, kWidest);
  if (mapping.line_length != 0 && !mapping.fixed) fail_at(map.take("line_length"), "line_length", "is for fixed");
}

void read_tests(const YAML::Node& node, Mapping& mapping) {
  if (!node.IsDefined()) return;
  if (!node.IsSequence()) fail_at(node, "tests", "a list is expected");
  if (node.size() > kTests) fail_at(node, "tests", "more than 200");
  for (const auto& one : node) {
    YamlMap map(one, "test");
    Test test{map.need("name"), map.need("document"), {}, static_cast<std::size_t>(one.Mark().line + 1), 0};
    const YAML::Node expect = map.take("expect");
    if (!expect.IsDefined()) fail_at(one, "test", "expect is missing");
    test.expect = scalar(expect, "expect");
    // A literal block begins on the line after its mark.
    test.expect_line = static_cast<std::size_t>(expect.Mark().line + 2);
    map.end();
    mapping.tests.push_back(std::move(test));
  }
}

Mapping read(const YAML::Node& root) {
  Mapping mapping;
  YamlMap map(root, "the mapping");
  if (map.need("mapping") != "1")
    fail_at(map.take("mapping"), "mapping", "1, the version of the language, is expected");
  read_dialect(map, mapping);
  read_columns(map.take("columns"), mapping);
  read_tables(map.take("tables"), mapping);
  read_skip(map.take("skip"), mapping);
  const YAML::Node event = map.take("event");
  if (!event.IsDefined()) fail_at(root, "the mapping", "event is missing");
  read_event(event, mapping);
  read_tests(map.take("tests"), mapping);
  map.end();
  return mapping;
}

}  // namespace

std::size_t column_named(const Mapping& mapping, const YAML::Node& node, std::string_view name) {
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    if (mapping.columns[i].name == name) return i;
  }
  fail_at(node, name, "there is no such column");
}

// yaml-cpp throws, and its texts may quote the mapping; only their places leave.
Mapping read_mapping(std::string_view yaml) try {
  return read(YAML::Load(std::string(yaml)));
} catch (const YAML::Exception& e) {
  throw vestitel::Error::config("/mapping", "line " + std::to_string(e.mark.line + 1) + ", column " +
                                                std::to_string(e.mark.column + 1) + ": not well-formed YAML");
}

}  // namespace csv_mapping
