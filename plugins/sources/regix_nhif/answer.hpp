// An answer of RegiX on one person's health record: what the eight look like, and how their rows become events.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"
#include "rows.hpp"

namespace regix_nhif {

extern const sources::Format kFormat;

enum class Query : std::uint8_t { none, exams, laboratory, hospitalizations, dental, treatments, procedures, drugs };

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
  const std::string& scope_of(std::string_view list);
  // Rows of one key: they become one event, or are told apart by their order.
  struct Group {
    std::span<const std::uint32_t> rows;
    std::size_t nth;  // of its key
  };
  std::vector<Group> groups();
  bool fits(const Group& group) const;
  void write(vestitel::Emit& out, const Group& group);

  const vestitel::Date today_;
  std::uint16_t kind_;
  const std::string_view key_;
  std::string asked_, person_;
  Query query_ = Query::none;
  Draft draft_;
  Rows rows_;
  std::vector<std::uint32_t> order_;
  std::map<std::string_view, std::string> scopes_;  // of each list
};

// What a row of the query says. Faults are kept by the checks.
void read_row(Query query, sources::Tree& tree, sources::Checks& checks, Draft& draft);

}  // namespace regix_nhif
