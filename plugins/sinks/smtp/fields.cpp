#include "plugins/sinks/smtp/fields.hpp"

#include <algorithm>

namespace vestitel::smtp {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

void FieldGroup::lengthen(std::string_view more) {
  if (fields_.empty()) return;
  std::string& value = fields_.back().second;
  if (value.size() + more.size() < kMostOfValue) value.append(" ").append(more);
}

bool FieldGroup::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return field.first == name; });
}

std::string_view FieldGroup::value(std::string_view name) const {
  for (const auto& [known, value] : fields_)
    if (known == name) return trimmed(value);
  return {};
}

std::vector<FieldGroup> field_groups(std::string_view text) {
  std::vector<FieldGroup> out;
  FieldGroup group;
  const auto close = [&] {
    if (!group.empty()) out.push_back(std::move(group));
    group = {};
  };
  while (!text.empty() && out.size() < kMostGroups) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (trimmed(line).empty()) {
      close();
    } else if (line.front() == ' ' || line.front() == '\t') {
      group.lengthen(trimmed(line));
    } else if (colon != std::string_view::npos && group.size() < kMostFields) {
      const std::string_view value = trimmed(line.substr(colon + 1));
      group.add(lower_case(trimmed(line.substr(0, colon))), std::string(value.substr(0, kMostOfValue)));
    }
  }
  close();
  return out;
}

}  // namespace vestitel::smtp
