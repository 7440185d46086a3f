// What a library says of itself, asked in a child: how `pack` fills in the manifest.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/plugin/package/manifest.hpp"

namespace vestitel {

struct LibraryFacts {
  std::vector<PackagedPlugin> plugins;
  std::uint64_t abi_major = 0, abi_minor = 0, needs_minor = 0;
};

// `path` is of the author's own build: whoever owns it and the folders above it is trusted.
Result<LibraryFacts> describe_library(const std::string& path);

}  // namespace vestitel
