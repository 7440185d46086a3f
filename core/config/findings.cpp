#include "core/config/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vestitel {

std::string ConfigFinding::text() const {
  std::string out = place.file;
  if (place.line > 0) out += fmt::format(":{}:{}", place.line, place.column);
  if (!key.empty()) out += ": " + key;
  if (!found.empty()) out += ": found " + found;
  if (!allowed.empty()) out += "; allowed: " + allowed;
  return out;
}

std::string to_text(const ConfigFindings& findings) {
  std::string out;
  for (const auto& finding : findings) out += finding.text() + '\n';
  return out;
}

void add_new(ConfigFindings& findings, ConfigFindings more) {
  const std::size_t known = findings.size();
  for (auto& one : more) {
    const auto about = [&](const ConfigFinding& other) {
      return other.place.file == one.place.file && (other.key == one.key || one.key.starts_with(other.key + "."));
    };
    const auto end = findings.begin() + static_cast<std::ptrdiff_t>(known);
    if (std::none_of(findings.begin(), end, about)) findings.push_back(std::move(one));
  }
}

}  // namespace vestitel
