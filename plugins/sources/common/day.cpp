#include "plugins/sources/common/day.hpp"

namespace sources {

std::string_view day_fault(const vestitel::Date& day, const vestitel::Date& today) {
  constexpr int kFirstYear = 1900;  // what lies before it the hub does not take
  if (day.year < kFirstYear) return "lies before 1900";
  return today < day ? "lies in the future" : "";
}

}  // namespace sources
