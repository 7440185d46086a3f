// A text of a sheet: where it lies in the sheet's buffer, and where it stood in the document.
#pragma once
#include <cstdint>
#include <string>

#include <vestitel/plugin.hpp>

namespace nzok_amblist {

struct Slot {
  std::uint32_t off = 0, len = 0;
  vestitel_place place{};  // of its element; line 0: it was not there
  std::string_view in(std::string_view text) const { return text.substr(off, len); }
};

inline void to_upper(std::string& text, const Slot& slot) {
  for (std::size_t i = slot.off; i < slot.off + slot.len; ++i) {
    if (text[i] >= 'a' && text[i] <= 'z') text[i] = static_cast<char>(text[i] - 32);
  }
}

}  // namespace nzok_amblist
