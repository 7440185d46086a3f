// The hub's own rules for what a source hands over: whether an event can stand, and whether its partner may report it.
#pragma once
#include "core/base/clock.hpp"
#include "core/intake/checked_batch.hpp"
#include "core/ports/partner_store.hpp"

namespace vestitel {

// What holds for every event, whoever reports it.
Validate validate_with(const Clock& clock);

// That, and the limits of the document's partner: kConfig where it is not registered, kDenied where it has ended or may
// not deliver to the instance; a record for a facility that is not the partner's is refused. A document in nobody's
// name has no such limits. Borrows both.
RulesFor rules_with(const Clock& clock, PartnerStore& partners);

}  // namespace vestitel
