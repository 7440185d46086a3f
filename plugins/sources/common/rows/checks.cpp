#include "plugins/sources/common/rows/checks.hpp"

#include <algorithm>

namespace rows {
namespace {

constexpr std::size_t kLongestId = 20;

bool digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

bool is_card_sign(char c) {
  return digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '/' || c == '.' || c == ' ';
}

std::string_view egn_fault(std::string_view id, const vestitel::Date& today) {
  vestitel::Egn egn;
  const vestitel::EgnFault wrong = vestitel::check_egn(id, egn);
  if (wrong != vestitel::EgnFault::none) return vestitel::describe(wrong);
  return today < egn.birth ? "its date of birth lies in the future" : "";
}

std::string_view lnch_fault(std::string_view id) {
  if (!vestitel::is_digits(id, 10)) return "not ten digits";
  return vestitel::is_lnch(id) ? "" : "its check digit is wrong";
}

std::string_view card_fault(std::string_view id) {
  if (id.size() > kLongestId) return "one to 20 characters expected";
  return std::all_of(id.begin(), id.end(), is_card_sign) ? "" : "a character that a card number cannot hold";
}

}  // namespace

std::string_view person_fault(std::uint16_t kind, std::string_view id, const vestitel::Date& today) {
  if (id.empty()) return "is missing or empty";
  switch (kind) {
    case VESTITEL_EGN: return egn_fault(id, today);
    case VESTITEL_LNCH: return lnch_fault(id);
    case VESTITEL_NAP: return id.size() <= kLongestId && all_digits(id) ? "" : "is not a number of at most 20 digits";
    case VESTITEL_EHIC: return card_fault(id);
    case VESTITEL_UIN: return vestitel::is_uin(id) ? "" : "is not a practitioner's number";
    default: return "unknown identifier type";
  }
}

std::string_view token_fault(std::string_view text, std::size_t longest) {
  if (text.size() > longest) return "is longer than it can be";
  for (const char c : text) {
    if ((c & 0x80) != 0) return "holds Cyrillic or other letters beyond A to Z";
    if (c <= ' ' || c == 0x7F) return "holds white space or a control character";
  }
  return {};
}

std::string_view text_fault(std::string_view text, std::size_t longest) {
  return text.size() > longest ? "is longer than it can be" : "";
}

bool is_amount(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::size_t point = std::min(text.find_first_of(",."), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view rest = point < text.size() ? text.substr(point + 1) : std::string_view("0");
  return !whole.empty() && whole.size() <= 12 && all_digits(whole) && !rest.empty() && rest.size() <= 4 &&
         all_digits(rest);
}

std::string region_of(std::string_view facility) {
  const int region = vestitel::facility_region(facility);
  if (region == 0) return {};
  return {static_cast<char>('0' + region / 10), static_cast<char>('0' + region % 10)};
}

}  // namespace rows
