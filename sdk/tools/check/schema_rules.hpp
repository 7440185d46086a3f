// The settings schema: the subset of JSON Schema 2020-12 that a host reads, and what its own defaults make of it.
#pragma once
#include <array>
#include <optional>
#include <string>

namespace vestitel::check {

// What is wrong with the schema, or empty. A plugin without settings has "{}".
std::string schema_problem(const std::string& schema_json);
// The first default or example that its own schema refuses, or empty.
std::string schema_values_problem(const std::string& schema_json);
// Why the schema refuses a settings object, or empty.
std::string schema_refuses(const std::string& schema_json, const std::string& settings_json);

struct Semver {
  std::array<unsigned long, 3> numbers{};
  std::string prerelease;
};
std::optional<Semver> semver(const std::string& text);
bool newer(const Semver& a, const Semver& b);

}  // namespace vestitel::check
