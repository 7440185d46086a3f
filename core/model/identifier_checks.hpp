// Whether an identifier can be one of its declared type. Nothing here guesses the type.
#pragma once
#include <optional>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/model/identifier.hpp"

namespace vestitel {

// Why the value cannot be an identifier of this type: words that never hold the value; nothing where it can.
// A birth after `today` is refused. No allocation. Thread: any.
std::optional<std::string_view> identifier_fault(IdentifierType type, std::string_view value, Date today);

// The birth date inside an ЕГН; nothing where the ten digits hold no date.
std::optional<Date> egn_birth(std::string_view egn);

// "2026-10-06" and nothing else.
std::optional<Date> iso_date(std::string_view text);

}  // namespace vestitel
