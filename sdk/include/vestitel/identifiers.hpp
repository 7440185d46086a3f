// The arithmetic of person and facility numbers, for plugins and host alike. Pure and constexpr; nothing here
// guesses the type of a number from its digits: use the type that the document declares.
//
// A number that passes may still belong to nobody; births in the 1800s pass every check and belong to nobody living.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "time.hpp"

namespace vestitel {
inline namespace v1 {

// Exactly `length` ASCII digits.
constexpr bool is_digits(std::string_view text, std::size_t length) {
  if (text.size() != length) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

enum class Sex { male, female };

// What an EGN says of a person.
struct Egn {
  Date birth;
  Sex sex = Sex::male;
};

// Why a number is refused, for a message that quotes no digit.
enum class EgnFault { none, not_ten_digits, no_such_day, check_digit };

namespace detail {

constexpr int weighted_sum(std::string_view digits, const int (&weights)[9]) {
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) sum += (digits[i] - '0') * weights[i];
  return sum;
}

// YYMMDD with the century in the month: + 20 for 18xx, + 0 for 19xx, + 40 for 20xx.
constexpr Date egn_birth(std::string_view digits) {
  const int month = two_digits(digits, 2);
  const int century = month > 40 ? 2000 : month > 20 ? 1800 : 1900;
  return {century + two_digits(digits, 0),
          month > 40   ? month - 40
          : month > 20 ? month - 20
                       : month,
          two_digits(digits, 4)};
}

}  // namespace detail

// EGN: ten digits YYMMDD SSS C; the ninth is even for men. The calendar date must exist, and
// C = (sum of digit * weight) mod 11, weights 2 4 8 5 10 9 7 3 6, 10 counting as 0. `out` is set when all is well.
constexpr EgnFault check_egn(std::string_view text, Egn& out) {
  if (!is_digits(text, 10)) return EgnFault::not_ten_digits;
  constexpr int kWeights[9] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
  if (detail::weighted_sum(text, kWeights) % 11 % 10 != text[9] - '0') return EgnFault::check_digit;
  const Date birth = detail::egn_birth(text);
  if (!is_real(birth)) return EgnFault::no_such_day;
  out.birth = birth;
  out.sex = (text[8] - '0') % 2 == 0 ? Sex::male : Sex::female;
  return EgnFault::none;
}

constexpr std::optional<Egn> parse_egn(std::string_view text) {
  Egn egn{};
  if (check_egn(text, egn) != EgnFault::none) return std::nullopt;
  return egn;
}

constexpr std::string_view describe(EgnFault fault) {
  switch (fault) {
    case EgnFault::not_ten_digits: return "not ten digits";
    case EgnFault::no_such_day: return "its date of birth does not exist";
    case EgnFault::check_digit: return "its check digit is wrong";
    case EgnFault::none: break;
  }
  return "valid";
}

// LNCH, for foreigners: ten digits, C = (sum of digit * weight) mod 10, weights 21 19 17 13 11 9 7 3 1. It holds no
// date. Ten zeros pass the arithmetic and are refused.
constexpr bool is_lnch(std::string_view text) {
  if (!is_digits(text, 10) || text == "0000000000") return false;
  constexpr int kWeights[9] = {21, 19, 17, 13, 11, 9, 7, 3, 1};
  return detail::weighted_sum(text, kWeights) % 10 == text[9] - '0';
}

// Region (01 to 28) of a facility number, 0 when it is none: ten digits, prefix 01 to 28, or 31 to 58 for 01 to 28.
constexpr int facility_region(std::string_view code) {
  if (!is_digits(code, 10)) return 0;
  const int prefix = detail::two_digits(code, 0);
  const int region = prefix > 30 ? prefix - 30 : prefix;
  return region >= 1 && region <= 28 ? region : 0;
}

// Practitioner's number: nine or ten digits, prefix 01 to 28. No check digit is known.
constexpr bool is_uin(std::string_view text) {
  if (!is_digits(text, 10) && !is_digits(text, 9)) return false;
  const int prefix = detail::two_digits(text, 0);
  return prefix >= 1 && prefix <= 28;
}

}  // namespace v1
}  // namespace vestitel
