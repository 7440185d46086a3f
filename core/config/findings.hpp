// What is wrong with a configuration: where it stands, what was found, what is allowed. All findings are collected;
// a value that came from a reference is never quoted.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace vestitel {

struct ConfigPlace {
  std::string file;
  std::uint32_t line = 0, column = 0;  // counted from 1; 0: the file as a whole
};

struct ConfigFinding {
  ConfigPlace place;
  std::string key;      // "sink.retry.base"; "" where no key is meant
  std::string found;    // "\"abc\"", "a list"; never a secret
  std::string allowed;  // what to write instead

  // "plugins.d/smtp.yaml:12:9: sink.retry.base: found "abc"; allowed: a duration such as 500ms, 2s, 15m or 72h"
  [[nodiscard]] std::string text() const;
};

using ConfigFindings = std::vector<ConfigFinding>;

// All of them, one a line.
std::string to_text(const ConfigFindings& findings);

// Adds what is not about a key that has a finding already: a default in the place of what was wrong is no news.
void add_new(ConfigFindings& findings, ConfigFindings more);

}  // namespace vestitel
