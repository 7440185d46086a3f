// A mapping as it was read: what the columns hold, and out of which of them each field of an event is put together.
// The language is documented in docs/formats/csv-mapping.md.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/rows/row_reader.hpp"

namespace csv_mapping {

enum class Type : std::uint8_t { text, token, digits, date, egn, lnch, nap, ehic, uin, facility, amount };

// VESTITEL_EGN ... for a type that is a number of a person or practitioner, else 0.
std::uint16_t kind_of(Type type);
// VESTITEL_EGN ... for "egn" ...; 0: it is none of them.
std::uint16_t kind_named(std::string_view name);
// VESTITEL_NEW ... for "new" ...; 0: it is none of them.
std::uint16_t revision_named(std::string_view name);
// Whether it is a type of the vocabulary.
bool is_event_type(std::string_view type);

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Column {
  std::string name;
  Type type = Type::text;
  bool required = false;
  bool upper = false;
  std::string pattern = "YYYY-MM-DD";  // of a date
  std::size_t length = 0;              // exactly so many characters; 0: it does not matter
  std::size_t longest = 0;             // bytes
  std::vector<std::string> empty;      // values that mean the same as nothing
  std::size_t at = 0, width = 0;       // fixed width: characters, from 1; CSV without a header: the column's number
};

// A code of the partner's and what it means here; "*" is what stands for all others, and "*" as its meaning keeps them.
struct Table {
  std::string name;
  std::unordered_map<std::string, std::string> meanings;
};

// A piece of a template: fixed text, the value of a column, or the name of the partner.
struct Part {
  enum class Kind : std::uint8_t { text, column, date, partner };
  Kind kind = Kind::text;
  std::string text;  // fixed text, or the pattern of a date
  std::size_t column = kNone;
  std::size_t table = kNone;
};

// "{Лист №}", "{РЗИ}:{Дата:YYYY-MM}", "{Вид|kinds}", "activity.laboratory".
struct Template {
  std::vector<Part> parts;
  bool given() const { return !parts.empty(); }
  bool constant() const;
  // The column whose value it is, unchanged; kNone: it is more than that.
  std::size_t column() const;
};

struct Attribute {
  std::string key;
  Template value;
  std::size_t with = kNone;  // the attribute, by number, without which it means nothing
};

struct Skip {
  std::size_t column = 0;
  std::vector<std::string> values;
};

// What a test of the mapping says, and where its lines stand in the mapping (from 1; 0: not said).
struct Test {
  std::string name, document, expect;
  std::size_t line = 0, expect_line = 0;
};

struct Mapping {
  rows::Dialect dialect;
  bool fixed = false;
  std::size_t line_length = 0;  // fixed width: characters of every line; 0: it does not matter
  std::vector<Column> columns;
  std::vector<Table> tables;
  std::vector<Skip> skip;

  Template type, revision, scope, record, occurred, reported, number;
  Template facility, facility_name, facility_region, practitioner, practitioner_name, practitioner_specialty;
  std::vector<std::size_t> subject;  // columns; the first that is filled
  Template subject_kind;             // where one column holds numbers of several types
  std::vector<Attribute> attributes;
  std::size_t amount = kNone;  // among the attributes
  bool has_currency = false;

  std::vector<Test> tests;
};

// Reads the mapping. Throws Error E_CONFIG with line, column and key where it is wrong.
Mapping read_mapping(std::string_view yaml);

}  // namespace csv_mapping
