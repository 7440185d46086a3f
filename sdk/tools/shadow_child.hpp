// What the child of a shadow run does: reads one document with one version and tells its events as JSON lines.
#pragma once
#include <string>
#include <string_view>

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"
#include "sdk/tools/shadow.hpp"

namespace vestitel {

// A line for each event, in order: {"key": what it is, "place": .., "fields": {..}}; then {"failed": ..} where the
// document was refused. Identifiers are there as their HMAC under `salt`.
Result<std::string> read_in_shadow(const ShadowVersion& version, int document, const std::string& name,
                                   const ShadowOptions& options, const SecretKey& salt);

}  // namespace vestitel
