#include "core/config/findings.hpp"

#include <fmt/format.h>

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

}  // namespace vestitel
