// An answer of RegiX on one person's health record: what the eight look like, and how their rows become events.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"

namespace regix_nhif {

extern const sources::Format kFormat;

enum class Query : std::uint8_t { none, exams, laboratory, hospitalizations, dental, treatments, procedures, drugs };

struct Code {
  std::string system, code, text;
};

// A row of an answer, owned: rows of one key become one event, or are told apart by their order.
struct Row {
  const char* type = "";
  const char* scope = "";  // which list it belongs to
  vestitel_place place{};
  vestitel::Date date;
  std::string key, number, facility, facility_name, uin, name, specialty;
  std::vector<Code> codes;
  std::vector<std::pair<std::string, std::string>> refs, attributes;
  std::int64_t amount = -1;  // in millionths; negative: the row has none
};

class Answer final : public sources::Mapping {
 public:
  static constexpr std::size_t kRows = 20'000;

  // `kind`: VESTITEL_EGN or VESTITEL_LNCH, unless the document holds the request. `key` makes a name of a person that
  // tells nothing.
  Answer(const vestitel::Date& today, std::uint16_t kind, std::string_view key)
      : today_(today), kind_(kind), key_(key) {}

  sources::Fault head(sources::Tree& head) override;
  sources::Fault enter(sources::Name name) override;
  sources::Fault record(sources::Tree& record, vestitel::Emit& out) override;

  // The whole document is read: emits the events of its rows. `complete`: what the last answer had and this one has
  // not is gone.
  void finish(vestitel::Emit& out, bool complete);
  bool answered() const { return query_ != Query::none; }

 private:
  bool same_person(const sources::Value& value, sources::Checks& checks, vestitel::Emit& out);
  const std::string& scope_of(const char* list);
  struct Group {
    std::size_t begin, end;  // of rows_
    std::size_t nth;         // of its key
  };
  std::vector<Group> groups();
  void write(vestitel::Emit& out, const Group& group);

  const vestitel::Date today_;
  std::uint16_t kind_;
  const std::string_view key_;
  std::string asked_, person_;
  Query query_ = Query::none;
  std::vector<Row> rows_;
  std::map<std::string_view, std::string> scopes_;  // of each list
};

// What a row of the query says. Faults are kept by the checks.
Row read_row(Query query, sources::Tree& tree, sources::Checks& checks);

}  // namespace regix_nhif
