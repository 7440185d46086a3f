#include "plugins/sources/common/trimmed.hpp"

#include <vestitel/plugin.hpp>

namespace sources {

std::string_view trimmed(std::string_view text) {
  const auto plain = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\xC2' && c != '\xA0'; };
  if (!text.empty() && plain(text.front()) && plain(text.back())) return text;
  constexpr std::string_view kNbsp = "\xC2\xA0";
  for (;;) {
    text = vestitel::trim(text);
    if (text.substr(0, 2) == kNbsp) {
      text.remove_prefix(2);
    } else if (text.size() >= 2 && text.substr(text.size() - 2) == kNbsp) {
      text.remove_suffix(2);
    } else {
      return text;
    }
  }
}

}  // namespace sources
