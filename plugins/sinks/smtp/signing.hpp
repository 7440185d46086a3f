// The settings of DKIM, and the signer that they make.
#pragma once
#include <optional>
#include <string>
#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/dkim.hpp"

namespace vestitel::smtp {

inline constexpr Field kDkimDomain =
    field::text("dkim_domain", "Domain that signs, that of `from` or one above it; empty: the domain of `from`.")
        .group("Signature");
inline constexpr Field kDkimRsaSelector =
    field::text("dkim_rsa_selector", "Where in DNS the public half of dkim_rsa_key stands; empty: no such signature.")
        .group("Signature");
inline constexpr Field kDkimRsaKey =
    field::secret("dkim_rsa_key", "PEM of a private RSA key, best of 2048 bits.").group("Signature");
inline constexpr Field kDkimEd25519Selector =
    field::text("dkim_ed25519_selector", "The same for dkim_ed25519_key; another name than that of the RSA key.")
        .group("Signature");
inline constexpr Field kDkimEd25519Key =
    field::secret("dkim_ed25519_key", "PEM of a private Ed25519 key.").group("Signature");
inline constexpr Field kDkimLifetime =
    field::duration("dkim_lifetime", "How long a signature holds; longer than any relay on the way keeps a mail.")
        .by_default("14d")
        .range(3'600'000, 90LL * 24 * 3'600'000)
        .advanced()
        .group("Signature");

class Signing {
 public:
  // Throws Error::config where the settings contradict each other. `from_domain`: in A-labels.
  Signing(const Settings& settings, const std::string& from_domain);

  // Reads the keys. None: nothing is signed. Throws Error::config where a key is missing, left over or unusable.
  std::optional<mail::DkimSigner> signer(const Host& host) const;

 private:
  std::string domain_, rsa_selector_, ed25519_selector_;
  std::int64_t lifetime_s_;
};

}  // namespace vestitel::smtp
