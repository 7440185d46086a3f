// Letters of protocols: what has a case whatever the language.
#pragma once
#include <string>
#include <string_view>

namespace vestitel {

inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace vestitel
