#include "core/model/partner.hpp"

namespace vestitel {
namespace {

bool digits(std::string_view text, std::size_t count) {
  return text.size() == count && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "01" to "28", as a number; 0 where it is none.
int region_number(std::string_view text) {
  if (!digits(text, 2)) return 0;
  const int number = (text[0] - '0') * 10 + (text[1] - '0');
  return number <= 28 ? number : 0;
}

}  // namespace

bool is_facility_grant(std::string_view text) {
  return text == kAnyFacility || region_number(text) > 0 || (digits(text, 10) && !region_of_facility(text).empty());
}

std::string region_of_facility(std::string_view facility) {
  if (!digits(facility, 10)) return "";
  int number = (facility[0] - '0') * 10 + (facility[1] - '0');
  if (number > 30) number -= 30;
  if (number < 1 || number > 28) return "";
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

bool Partner::may_report_for(std::string_view facility) const {
  if (facility.empty()) return true;
  const std::string its_region = region_of_facility(facility);
  return std::any_of(facilities.begin(), facilities.end(), [&](const std::string& grant) {
    return grant == facility || grant == kAnyFacility || (!its_region.empty() && grant == its_region);
  });
}

std::string_view to_text(CredentialKind kind) { return kind == CredentialKind::kKey ? "key" : "certificate"; }

}  // namespace vestitel
