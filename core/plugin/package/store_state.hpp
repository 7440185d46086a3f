// What of a store is JSON: store.json, plugins/ID.json, installed.json.
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/plugin/package/store.hpp"

namespace vestitel {

inline constexpr std::uint64_t kMaxStateFile = 1UL << 20;

std::string to_json(const PluginState& state);
Result<PluginState> parse_state(std::string_view json);

std::string store_json(const std::string& installation, const TrustPolicy& policy);
Result<> parse_store(std::string_view json, std::string& installation, TrustPolicy& policy);

std::string installed_json(Instant when);
Result<Instant> parse_installed(std::string_view json);

}  // namespace vestitel
