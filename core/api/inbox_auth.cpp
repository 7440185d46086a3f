#include "core/api/inbox_auth.hpp"

#include "core/base/log.hpp"

namespace vestitel {
namespace {

using Answer = std::variant<Partner, Problem>;

Answer looked_up(PartnerStore& partners, CredentialKind kind, const Digest& digest, Instant now) {
  auto found = partners.authenticate(kind, digest, now);
  if (!found) {
    log::error("inbox_partner_unknown", {{"reason", found.error().message}});
    return Problem::kNoRoom;
  }
  if (!*found) return Problem::kBadCredential;
  return std::move(**found);
}

Answer by_certificate(PartnerStore& partners, const PeerCertificate& certificate, Instant now) {
  if (!certificate.chain_fine || now < certificate.from || now >= certificate.until) return Problem::kBadCredential;
  return looked_up(partners, CredentialKind::kCertificate, certificate.digest, now);
}

Answer by_key(PartnerStore& partners, std::string_view key, Instant now) {
  if (!key.starts_with(kKeyPrefix)) return Problem::kBadCredential;
  return looked_up(partners, CredentialKind::kKey, digest_of_secret(key), now);
}

}  // namespace

Digest digest_of_secret(std::string_view secret) {
  Sha256 sha;
  sha.add(secret);
  return sha.finish();
}

Answer authenticate(PartnerStore& partners, const Shown& shown, Instant now) {
  if (!shown.certificate && !shown.key_given) return Problem::kNoCredential;
  if (!shown.certificate) return by_key(partners, shown.key, now);
  Answer certified = by_certificate(partners, *shown.certificate, now);
  if (!shown.key_given || std::holds_alternative<Problem>(certified)) return certified;
  Answer keyed = by_key(partners, shown.key, now);
  if (std::holds_alternative<Problem>(keyed)) return keyed;
  if (std::get<Partner>(certified).id != std::get<Partner>(keyed).id) return Problem::kTwoPartners;
  return keyed;
}

}  // namespace vestitel
