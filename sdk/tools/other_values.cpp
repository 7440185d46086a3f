#include "sdk/tools/other_values.hpp"

#include <algorithm>

#include "sdk/tools/lab_reading.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kCharacters = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Values {
 public:
  explicit Values(std::string_view value) : value_(value) {}
  void add(std::string other) {
    if (other != value_ && std::find(all.begin(), all.end(), other) == all.end()) all.push_back(std::move(other));
  }
  std::vector<std::string> all;

 private:
  const std::string_view value_;
};

// From the end, where a change is least likely to make another kind of thing of it.
void change_characters(std::string_view value, Values& into) {
  bool in_reference = false;  // "&amp;" stays what it is
  for (std::size_t i = value.size(), done = 0; i-- > 0 && done < kCharacters;) {
    if (value[i] == ';') in_reference = value.find('&') != std::string_view::npos;
    if (value[i] == '&') in_reference = false;
    if (in_reference || other_byte(value[i], 1) == value[i]) continue;
    ++done;
    for (const int step : {1, -1}) {
      std::string other(value);
      other[i] = other_byte(value[i], step);
      into.add(std::move(other));
    }
  }
}

void change_with_check_digit(std::string_view value, Values& into) {
  std::size_t end = value.size();
  while (end > 0 && !is_digit(value[end - 1])) --end;
  if (end < 6 || !is_digit(value[end - 2])) return;
  for (char last = '0'; last <= '9'; ++last) {
    std::string other(value);
    other[end - 2] = other_byte(value[end - 2], 1);
    other[end - 1] = last;
    into.add(std::move(other));
  }
}

}  // namespace

std::vector<std::string> other_values(std::string_view value) {
  Values values(value);
  change_characters(value, values);
  change_with_check_digit(value, values);
  const bool quoted = value.size() > 1 && value.front() == '"' && value.back() == '"';
  values.add(quoted ? std::string(value.substr(0, value.size() - 1)) + "a\""
                    : std::string(value) + (value.empty() ? "1" : "a"));
  return std::move(values.all);
}

}  // namespace vestitel
