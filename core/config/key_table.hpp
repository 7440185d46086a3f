// Every key that the parser knows, with what it takes: the one list behind errors, did-you-mean and the docs test.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace vestitel {

enum class ConfigFile { kMain, kInstance, kRoutes };

struct KeyRow {
  ConfigFile file;
  std::string_view path;  // "sink.retry.base"; "routes[].match.type"
  std::string_view allowed;
};

std::span<const KeyRow> key_table();

// The row of the key `name` inside the map `prefix` ("" for the file's own map); null where there is none.
const KeyRow* key_row(ConfigFile file, std::string_view prefix, std::string_view name);

// "A, B, C; did you mean B?" for a key that is none of them.
std::string allowed_keys(ConfigFile file, std::string_view prefix, std::string_view wrong);

// "A, B, C", and the one meant where `wrong` is near to one of them.
std::string listed(std::span<const std::string_view> words, std::string_view wrong);

}  // namespace vestitel
