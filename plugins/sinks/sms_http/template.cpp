#include "plugins/sinks/sms_http/template.hpp"

#include <algorithm>

namespace vestitel::sms_http {
namespace {

constexpr std::array<std::string_view, kVariables> kNames = {"to",
                                                             "to_digits",
                                                             "text",
                                                             "text_utf16_hex",
                                                             "sender",
                                                             "id",
                                                             "coding",
                                                             "validity_minutes",
                                                             "validity_seconds",
                                                             "receipt_url",
                                                             "username",
                                                             "password",
                                                             "token",
                                                             "basic"};

std::optional<Variable> variable_named(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Variable>(found - kNames.begin());
}

std::string all_names() {
  std::string out;
  for (const std::string_view name : kNames) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

}  // namespace

std::optional<Template> Template::make(std::string_view text, std::string& problem) {
  Template out;
  std::string fixed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      fixed += c;
      ++i;
      continue;
    }
    if (c != '{' && c != '}') {
      fixed += c;
      continue;
    }
    const std::size_t close = c == '{' ? text.find('}', i) : std::string_view::npos;
    if (close == std::string_view::npos) {
      problem = "a brace alone; {{ and }} stand for braces";
      return std::nullopt;
    }
    const auto variable = variable_named(text.substr(i + 1, close - i - 1));
    if (!variable) {
      problem = "no such variable; allowed are " + all_names();
      return std::nullopt;
    }
    if (!fixed.empty()) out.parts_.push_back({std::move(fixed), std::nullopt});
    fixed.clear();
    out.parts_.push_back({{}, variable});
    i = close;
  }
  if (!fixed.empty()) out.parts_.push_back({std::move(fixed), std::nullopt});
  problem.clear();
  return out;
}

bool Template::uses(Variable which) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.variable == which; });
}

std::string Template::fixed() const {
  std::string out;
  for (const Part& part : parts_) out += part.text;
  return out;
}

}  // namespace vestitel::sms_http
