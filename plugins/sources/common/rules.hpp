// Rules of numbers and texts that the reports of the Fund share. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/ascii.hpp"
#include "plugins/sources/common/trimmed.hpp"

namespace sources {

// Lengths of a document's number: of the national system, and of the forms before it.
inline constexpr std::size_t kNationalNumber = 12, kOldNumber = 6;
inline constexpr std::size_t kLongestCode = 13, kLongestId = 20;

// Nothing but A to Z and 0 to 9.
bool all_alnum(std::string_view text);

// 1, 0 as reports spell yes and no; -1: neither of the spellings.
int truth(std::string_view text);

// A letter, two digits, and maybe a point and a digit.
bool is_icd10(std::string_view code);

// The Latin letter for which a Cyrillic capital at the front of `text` stands by its looks; 0: none does.
char latin_look_alike(std::string_view text);

// Doubts that travel with an event instead of costing the person the news.
class Warnings {
 public:
  void clear() { count_ = 0; }
  void add(const char* warning);
  // As attributes `key`, in the order in which they came up.
  void write(vestitel::Event& event, std::string_view key) const;

 private:
  std::array<const char*, 16> list_{};
  std::size_t count_ = 0;
};

}  // namespace sources
