// Who an event is about, as the partner declared it. The type is declared, never guessed from the digits: one
// checksum-valid ЕГН in ten also passes the check of a ЛНЧ.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/personal.hpp"
#include "core/base/result.hpp"

namespace vestitel {

enum class IdentifierType : std::uint8_t {  // stored: values never change
  kEgn = 1,
  kLnch = 2,
  kNap = 3,   // service number of the НАП
  kEhic = 4,  // European health insurance card
  kUin = 5,   // a practitioner
};

struct Identifier {
  IdentifierType type = IdentifierType::kEgn;
  PersonalText value;
};

std::string_view to_text(IdentifierType type);  // "egn", "lnch", "nap", "ehic", "uin"
Result<IdentifierType> identifier_type(std::string_view text);

}  // namespace vestitel
