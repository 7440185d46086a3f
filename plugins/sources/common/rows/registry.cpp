#include "plugins/sources/common/rows/registry.hpp"

#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/rows/checks.hpp"

namespace rows {
namespace {

constexpr std::size_t kLongestRecord = 40;
constexpr std::size_t kTelling = 9;  // a number of fewer characters is found in others by chance
constexpr int kRegions = 28;

// 1 to 28; 0: it is none.
int region_number(std::string_view text) {
  if (!vestitel::is_digits(text, 2)) return 0;
  const int number = (text[0] - '0') * 10 + (text[1] - '0');
  return number <= kRegions ? number : 0;
}

}  // namespace

std::uint16_t person_kind(std::string_view name) {
  if (name == "egn") return VESTITEL_EGN;
  if (name == "lnch") return VESTITEL_LNCH;
  if (name == "nap") return VESTITEL_NAP;
  return name == "ehic" ? VESTITEL_EHIC : 0;
}

std::string_view record_fault(std::string_view record) {
  return record.empty() ? "is missing or empty" : token_fault(record, kLongestRecord);
}

std::string_view record_fault(std::string_view record, std::string_view person) {
  if (const auto wrong = record_fault(record); !wrong.empty()) return wrong;
  const bool holds = person.size() >= kTelling && record.find(person) != std::string_view::npos;
  return holds ? "holds the number of a person" : "";
}

std::string_view day_fault(std::string_view text) {
  if (text.empty()) return "is missing or empty";
  return vestitel::parse_date(text) ? "" : "is not a day written YYYY-MM-DD";
}

std::string_view past_day_fault(std::string_view text, const vestitel::Date& today) {
  if (const auto wrong = day_fault(text); !wrong.empty()) return wrong;
  return sources::day_fault(*vestitel::parse_date(text), today);
}

bool is_region(std::string_view text) { return region_number(text) != 0; }

void Regions::see(std::string_view region) { seen_ |= std::uint32_t{1} << region_number(region); }

void Regions::complete(vestitel::Emit& out) const {
  for (int number = 1; number <= kRegions; ++number) {
    if ((seen_ >> number & 1U) == 0) continue;
    out.complete(std::string{static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)});
  }
}

}  // namespace rows
