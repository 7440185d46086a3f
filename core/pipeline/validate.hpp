// Whether an event can be taken as it stands. Runs for each event: no allocation, far below a microsecond.
#pragma once
#include <optional>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/model/event.hpp"

namespace vestitel {

struct Rejection {
  std::string_view element, reason;  // fixed words, never a value
};

// Nothing where the event may be staged. `today` is the civil date in Sofia at `now`.
std::optional<Rejection> validate(const EventView& event, Instant now, Date today);

}  // namespace vestitel
