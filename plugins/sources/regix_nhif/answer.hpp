// An answer of RegiX on one person's health record: what the eight look like, and how their rows become events.
#pragma once
#include <map>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"

namespace regix_nhif {

extern const sources::Format kFormat;

enum class Query : std::uint8_t { none, exams, laboratory, hospitalizations, dental, treatments, procedures, drugs };

struct Code {
  const char* system;
  std::string_view code, text;
};
struct Fact {
  const char* name;
  std::string_view value;
};

// What stands once in a row. Whoever holds it says where its texts live.
struct Row {
  const char* type = "";
  const char* scope = "";  // which list it belongs to
  vestitel_place place{};
  vestitel::Date date, entered;  // entered: of a stay that is over; year 0: none
  std::string_view key, number, facility, facility_name, uin, name, specialty;
  std::int64_t amount = -1;  // in millionths; negative: the row has none
};

// A row while it is read: its texts are those of the record, but for the key. Used again for each.
struct Draft {
  Row row;
  std::string key;
  std::vector<Code> codes;
  std::vector<Fact> refs, attributes;
};

// The rows of a document, owned, with their texts side by side: an answer of 20,000 rows is a few large blocks.
class Rows {
 public:
  void add(const Draft& draft);
  std::size_t size() const { return rows_.size(); }
  const Row& operator[](std::size_t i) const { return rows_[i]; }
  std::span<const Code> codes(std::size_t i) const { return part(codes_, i, &Ends::codes); }
  std::span<const Fact> refs(std::size_t i) const { return part(refs_, i, &Ends::refs); }
  std::span<const Fact> attributes(std::size_t i) const { return part(attributes_, i, &Ends::attributes); }
  // Negative, 0, positive: as row `a` stands before, with or behind row `b` in an order that the answer does not
  // decide.
  int compare(std::size_t a, std::size_t b) const;

 private:
  struct Ends {  // where what belongs to a row ends
    std::uint32_t codes = 0, refs = 0, attributes = 0;
  };
  template <class T>
  std::span<const T> part(const std::vector<T>& all, std::size_t i, std::uint32_t Ends::*end) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1].*end;
    return std::span(all).subspan(begin, ends_[i].*end - begin);
  }
  std::string_view own(std::string_view text);

  std::pmr::monotonic_buffer_resource texts_;
  std::vector<Row> rows_;
  std::vector<Ends> ends_;
  std::vector<Code> codes_;
  std::vector<Fact> refs_, attributes_;
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
