// Who is asking: by a client certificate, by a key, or by both where they say the same.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/api/inbox_problem.hpp"
#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"
#include "core/ports/partner_store.hpp"

namespace vestitel {

// The certificate that a connection came with.
struct PeerCertificate {
  Digest digest{};  // SHA-256 of its DER
  Instant from, until;
  bool chain_fine = true;  // where a client CA is set: whether it leads there
};

// What a request shows. A field for a key that is no key at all is shown as one that nobody has.
struct Shown {
  std::optional<PeerCertificate> certificate;
  bool key_given = false;
  std::string_view key;
};

// SHA-256: all that is kept of a secret, and how one that is shown is looked up.
Digest digest_of_secret(std::string_view secret);

// kStorage: it cannot be known now. Looking a digest up tells by its time nothing of the secret. Thread: any.
std::variant<Partner, Problem> authenticate(PartnerStore& partners, const Shown& shown, Instant now);

}  // namespace vestitel
