// From what a record says by now to its event.
#pragma once
#include <functional>

#include "slip.hpp"

namespace nhis {

// Why this cannot be an event; null: it can.
const char* event_fault(const Slip& whole);

// `foreign` tells whether a number is that of another person's record: such a reference is not shown.
void write_event(std::string_view type, std::string_view key, const Slip& whole, std::uint16_t revision,
                 const std::function<bool(std::string_view)>& foreign, vestitel::Emit& out);

}  // namespace nhis
