// Mutual TLS: the certificate that the host shows for a sink, by the names of the secrets that hold it. The plugin
// never sees the key in use.
#pragma once
#include <vestitel/http.hpp>
#include <vestitel/plugin.hpp>

namespace vestitel::sinks {

inline constexpr Field kClientCertificate =
    field::secret("client_certificate", "PEM, where the peer asks for one; needs client_key.");
inline constexpr Field kClientKey = field::secret("client_key", "PEM of the key of client_certificate.");

// Whether both secrets are set. Throws where one of them is alone.
inline bool has_client_certificate(const Host& host) {
  const auto is_set = [&](const Field& secret) { return host.with_secret(secret.name, [](std::string_view) {}); };
  const bool certificate = is_set(kClientCertificate), key = is_set(kClientKey);
  if (certificate != key)
    throw Error::config(certificate ? "/client_key" : "/client_certificate", "its other half is set and this is not");
  return certificate;
}

inline void show_client_certificate(HttpRequest& request) {
  request.client_certificate = kClientCertificate.name;
  request.client_key = kClientKey.name;
}

}  // namespace vestitel::sinks
