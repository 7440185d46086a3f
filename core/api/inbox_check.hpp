// What can be said of an inbox before it runs.
#pragma once
#include "core/api/inbox_server.hpp"

namespace vestitel {

// Whether certificate and key can be used. kConfig: why not.
Result<> inbox_usable(const InboxSettings& settings);

// Whether the address can be had, or an inbox with this very certificate has it already. kConfig: somebody else has it.
Result<> inbox_reachable(const InboxSettings& settings);

}  // namespace vestitel
