// The rows of an answer: one while it is read, and all of a document.
#pragma once
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

namespace regix_nhif {

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

}  // namespace regix_nhif
