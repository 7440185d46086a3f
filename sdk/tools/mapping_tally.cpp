#include "sdk/tools/mapping_tally.hpp"

#include <algorithm>

namespace vestitel {

std::size_t Seen::take(const ReadingDifference& difference, bool with_fields) {
  for (const std::string& reason : difference.refused) {
    if (std::find(refused.begin(), refused.end(), reason) == refused.end()) refused.push_back(reason);
  }
  if (with_fields) fields.insert(difference.fields.begin(), difference.fields.end());
  return difference.fields.empty() ? 0 : 1;
}

void Tally::count(const Seen& seen) {
  ++values;
  telling += seen.fields.empty() ? 0U : 1U;
  std::set<std::string> once;
  for (const auto& [type, field] : seen.fields) {
    once.insert(field);
    types[field].insert(type);
  }
  for (const std::string& field : once) ++fields[field];
  for (const std::string& reason : seen.refused) {
    if (++refused[reason] == 1) reasons.push_back(reason);
  }
}

bool is_of_place(const std::string& reason, const std::string& path) {
  const std::string element = path.substr(0, path.rfind("/@"));
  const auto names = [&](const std::string& name) {
    return reason.starts_with(name + ": ") || reason.starts_with("the document: " + name + ": ");
  };
  return names(path.substr(path.find_last_of("/@") + 1)) || names(element.substr(element.rfind('/') + 1));
}

}  // namespace vestitel
