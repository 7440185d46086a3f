// What stands in the `value` of an element: instants, days, numbers. Pure, and strict: what is not written exactly so
// is not there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/sofia.hpp"

namespace nhis {

using sources::date_in_sofia, sources::to_text;

// YYYY-MM-DDTHH:MM:SS, a fraction of 1 to 6 digits or none, and Z or an offset +HH:MM, in microseconds since 1970 UTC.
// Without a zone it is no instant.
std::optional<std::int64_t> parse_instant(std::string_view text);

// Why the hub does not take the instant; empty: it does.
std::string_view instant_fault(std::int64_t us);

// A day as written, or the day in Sofia of an instant.
std::optional<vestitel::Date> parse_day(std::string_view text);

// A national number: 12 characters of A to Z and 0 to 9.
bool is_national_number(std::string_view text);
// A local number or the id of a message: a UUID, 36 characters.
bool is_uuid(std::string_view text);

}  // namespace nhis
