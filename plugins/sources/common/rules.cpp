#include "plugins/sources/common/rules.hpp"

#include <algorithm>

namespace sources {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

struct LookAlike {
  std::string_view cyrillic;
  char latin;
};
constexpr LookAlike kLookAlikes[] = {{"А", 'A'}, {"В", 'B'}, {"С", 'C'}, {"Е", 'E'}, {"Н", 'H'},
                                     {"І", 'I'}, {"Ј", 'J'}, {"К", 'K'}, {"М", 'M'}, {"О", 'O'},
                                     {"Р", 'P'}, {"Ѕ", 'S'}, {"Т", 'T'}, {"Х", 'X'}};

}  // namespace

bool all_alnum(std::string_view text) { return std::all_of(text.begin(), text.end(), is_alnum); }

int truth(std::string_view text) {
  for (const char* yes : {"1", "true", "TRUE", "True", "yes", "YES", "Yes", "y", "Y"}) {
    if (text == yes) return 1;
  }
  for (const char* no : {"0", "false", "FALSE", "False", "no", "NO", "No", "n", "N"}) {
    if (text == no) return 0;
  }
  return -1;
}

bool is_icd10(std::string_view code) {
  const auto digit = [&](std::size_t i) { return code[i] >= '0' && code[i] <= '9'; };
  const bool head = code.size() >= 3 && code[0] >= 'A' && code[0] <= 'Z' && digit(1) && digit(2);
  return head && (code.size() == 3 || (code.size() == 5 && code[3] == '.' && digit(4)));
}

char latin_look_alike(std::string_view text) {
  for (const LookAlike& letter : kLookAlikes) {
    if (text.substr(0, 2) == letter.cyrillic) return letter.latin;
  }
  return 0;
}

void Warnings::add(const char* warning) {
  for (std::size_t i = 0; i < count_; ++i) {
    if (list_[i] == warning) return;
  }
  if (count_ < list_.size()) list_[count_++] = warning;
}

void Warnings::write(vestitel::Event& event, std::string_view key) const {
  for (std::size_t i = 0; i < count_; ++i) event.attr(key, list_[i]);
}

}  // namespace sources
