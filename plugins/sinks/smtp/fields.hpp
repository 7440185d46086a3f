// The fields of a part such as message/delivery-status: groups of "Name: value" lines with an empty line between
// (RFC 3464, 2.1). Bounded: what is more than a report can need is left out.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vestitel::smtp {

class FieldGroup {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void lengthen(std::string_view more);
  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  // The first of that lower-case name, unfolded and trimmed; empty: it is not there.
  std::string_view value(std::string_view name) const;
  bool has(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

constexpr std::size_t kMostGroups = 100, kMostFields = 200, kMostOfValue = 1000;

std::vector<FieldGroup> field_groups(std::string_view text);

std::string lower_case(std::string_view text);
std::string_view trimmed(std::string_view text);

}  // namespace vestitel::smtp
