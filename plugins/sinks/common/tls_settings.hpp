// The settings of TLS of sinks with a protocol of their own, and the context that they make.
#pragma once
#include <memory>
#include <string>
#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/tls.hpp"

namespace vestitel::sinks {

inline constexpr Field kCaFile =
    field::text("ca_file", "PEM file of the authorities to trust instead of the system's.").group("Connection");
inline constexpr Field kServerName =
    field::text("server_name", "The name that the certificate has to prove, where it is not `host`.")
        .advanced()
        .group("Connection");

// For the peer `host`. Throws where ca_file cannot be read.
inline std::unique_ptr<TlsContext> tls_of(const Settings& settings) {
  const std::string& name = settings.text(kServerName.name);
  std::string error;
  auto made = TlsContext::create(settings.text(kCaFile.name), name.empty() ? settings.text("host") : name, error);
  if (!made) throw Error::config("/ca_file", error);
  return made;
}

}  // namespace vestitel::sinks
