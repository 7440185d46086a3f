#include "core/model/identifier_checks.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vestitel {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

bool digit(char c) { return c >= '0' && c <= '9'; }
int value_of(char c) { return c - '0'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

int weighted_sum(std::string_view digits, const std::array<int, 9>& weights) {
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += value_of(digits[i]) * weights[i];
  return sum;
}

int number(std::string_view digits) {
  int n = 0;
  for (const char c : digits) n = n * 10 + value_of(c);
  return n;
}

std::optional<Date> civil(int y, int m, int d) {
  const std::chrono::year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  return Date{date};
}

std::optional<std::string_view> egn_fault(std::string_view egn, Date today) {
  if (egn.size() != 10 || !all_digits(egn)) return "ten digits expected";
  const auto birth = egn_birth(egn);
  if (!birth) return "no such birth date";
  if (weighted_sum(egn, {2, 4, 8, 5, 10, 9, 7, 3, 6}) % 11 % 10 != value_of(egn[9])) return "wrong check digit";
  if (*birth > today) return "birth date in the future";
  return std::nullopt;
}

std::optional<std::string_view> lnch_fault(std::string_view lnch) {
  if (lnch.size() != 10 || !all_digits(lnch)) return "ten digits expected";
  if (lnch == "0000000000") return "all zeros";
  if (weighted_sum(lnch, {21, 19, 17, 13, 11, 9, 7, 3, 1}) % 10 != value_of(lnch[9])) return "wrong check digit";
  return std::nullopt;
}

// Length and structure are not published: digits, and a bound.
std::optional<std::string_view> nap_fault(std::string_view nap) {
  if (nap.empty() || nap.size() > 20 || !all_digits(nap)) return "one to 20 digits expected";
  return std::nullopt;
}

// A personal number on the card of another country: up to 20 characters of its own choosing.
std::optional<std::string_view> ehic_fault(std::string_view ehic) {
  const auto allowed = [](char c) {
    return digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '/' || c == '.' || c == ' ';
  };
  if (ehic.empty() || ehic.size() > 20) return "one to 20 characters expected";
  if (!std::all_of(ehic.begin(), ehic.end(), allowed)) return "a character that a card number cannot hold";
  return std::nullopt;
}

std::optional<std::string_view> uin_fault(std::string_view uin) {
  if (uin.size() < 9 || uin.size() > 10 || !all_digits(uin)) return "nine or ten digits expected";
  const int region = number(uin.substr(0, 2));
  if (region < 1 || region > 28) return "region from 01 to 28 expected";
  return std::nullopt;
}

}  // namespace

std::optional<Date> egn_birth(std::string_view egn) {
  if (egn.size() != 10 || !all_digits(egn)) return std::nullopt;
  const int y = number(egn.substr(0, 2));
  const int m = number(egn.substr(2, 2));
  const int d = number(egn.substr(4, 2));
  if (m > 40) return civil(2000 + y, m - 40, d);
  if (m > 20) return civil(1800 + y, m - 20, d);
  return civil(1900 + y, m, d);
}

std::optional<std::string_view> identifier_fault(IdentifierType type, std::string_view value, Date today) {
  switch (type) {
    case IdentifierType::kEgn: return egn_fault(value, today);
    case IdentifierType::kLnch: return lnch_fault(value);
    case IdentifierType::kNap: return nap_fault(value);
    case IdentifierType::kEhic: return ehic_fault(value);
    case IdentifierType::kUin: return uin_fault(value);
  }
  return "unknown identifier type";
}

std::optional<Date> iso_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = text.substr(0, 4);
  const auto m = text.substr(5, 2);
  const auto d = text.substr(8, 2);
  if (!all_digits(y) || !all_digits(m) || !all_digits(d)) return std::nullopt;
  return civil(number(y), number(m), number(d));
}

}  // namespace vestitel
