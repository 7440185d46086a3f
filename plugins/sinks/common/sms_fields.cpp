#include "plugins/sinks/common/sms_fields.hpp"

#include <algorithm>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::sinks {
namespace {

constexpr std::size_t kLongestName = 11, kLongestNumber = 15;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_phone_number(std::string_view to) {
  return to.size() >= 6 && to.size() <= 16 && to.front() == '+' && to[1] != '0' &&
         std::all_of(to.begin() + 1, to.end(), is_digit);
}

bool is_sender_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' || c == '-' || c == '.';
  });
}

bool is_sender_number(std::string_view text) {
  return !text.empty() && text.size() <= kLongestNumber && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<std::string> sms_body(std::string_view body) {
  auto text = several_lines(body);
  if (text) std::replace(text->begin(), text->end(), '\t', ' ');
  return text;
}

}  // namespace vestitel::sinks
