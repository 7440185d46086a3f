// Days on which something can have been done or reported.
#pragma once
#include <string_view>

#include <vestitel/plugin.hpp>

namespace sources {

// Why `day` is none of them: it lies in the future, or before all that a report can tell. Empty: it is one.
std::string_view day_fault(const vestitel::Date& day, const vestitel::Date& today);

}  // namespace sources
