// What an instance is lent while it is tried: what its manifest asks for is granted, since the author asks himself;
// what it keeps lies in memory; HTTP goes out, is recorded, or comes from a cassette.
#pragma once
#include <string>

#include "core/plugin/instance.hpp"

namespace vestitel {

// How HTTP is answered.
struct TriedHttp {
  enum class Mode : std::uint8_t { kReal, kRecord, kReplay } mode = Mode::kReal;
  std::string cassette;  // its path
};

// `context` with its services. What backs them lives until the process ends.
Result<HostContext> tried(HostContext context, const PluginDescription& plugin, const TriedHttp& http);

}  // namespace vestitel
