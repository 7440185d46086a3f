// The tables of vestitel/abi_services.h, over an Asker.
#pragma once
#include <vestitel/abi_services.h>

#include <string_view>

namespace vestitel {

// The table of a service, or null where it is unknown or `granted` (bits of wire::Service) does not have it. A host
// that hands one out has an Asker in its ctx.
const void* service_table(std::string_view id, std::uint32_t granted);

inline constexpr std::uint32_t kHttpInFlight = 512;

}  // namespace vestitel
