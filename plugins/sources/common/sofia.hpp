// Civil time in Sofia, by the rule of the European Union for summer time. Pure.
#pragma once
#include <cstdint>
#include <string>

#include <vestitel/plugin.hpp>

namespace sources {

// Instants in microseconds since 1970, UTC.
vestitel::Date date_in_sofia(std::int64_t us);
// YYYY-MM-DDThh:mm:ss, without a zone.
std::string time_in_sofia(std::int64_t us);

std::string to_text(const vestitel::Date& date);  // YYYY-MM-DD

}  // namespace sources
