#include "core/plugin/package/trust.hpp"

#include <algorithm>
#include <array>

#include "core/plugin/package/refusal.hpp"

namespace vestitel {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"local-dev", "private", "partner", "core"};

bool among(const std::vector<std::string>& list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

bool permitted(std::string_view id, std::string_view prefix) {
  return id == prefix || (id.size() > prefix.size() && id.starts_with(prefix) && id[prefix.size()] == '.');
}

// What the statement does not permit the package.
Result<> check_scope(const PublisherStatement& statement, const Manifest& manifest, const std::string& installation) {
  const std::string who = "publisher " + statement.publisher;
  if (!permitted(manifest.id, statement.prefix))
    return refused(Refusal::kForeignId, "the id " + manifest.id + " does not begin with " + statement.prefix +
                                            ", which is what " + who + " may use");
  for (const auto& kind : manifest.kinds)
    if (!among(statement.kinds, kind))
      return refused(Refusal::kForeignKind, "it holds a " + kind + ", which " + who + " may not publish");
  if (statement.level == Level::kPrivate && statement.installation != installation)
    return refused(Refusal::kOtherInstallation, "the statement about " + who + " is for installation " +
                                                    statement.installation + ", this one is " + installation);
  return Done{};
}

Result<> check_time(const PublisherStatement& statement, Instant at) {
  const std::string who = "the statement about publisher " + statement.publisher;
  if (at < statement.not_before)
    return refused(Refusal::kPublisherNotYet, who + " begins on " + to_text(sofia_date(statement.not_before)));
  if (at >= statement.not_after)
    return refused(Refusal::kPublisherExpired, who + " ended on " + to_text(sofia_date(statement.not_after)));
  return Done{};
}

}  // namespace

std::string_view to_text(Level level) { return kLevels.at(static_cast<std::size_t>(level)); }

std::optional<Level> level_of(std::string_view text) {
  const auto* found = std::find(kLevels.begin(), kLevels.end(), text);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<Level>(found - kLevels.begin());
}

void TrustPolicy::tighten(const TrustPolicy& by) {
  least = std::max(least, by.least);
  local_dev = local_dev && by.local_dev;
  if (!by.roots) return;
  if (!roots)
    roots = by.roots;
  else
    std::erase_if(*roots, [&](const std::string& root) { return !among(*by.roots, root); });
}

bool TrustPolicy::allows(Level level) const {
  if (level == Level::kLocalDev) return local_dev && least <= Level::kPrivate;
  return level >= least;
}

bool TrustPolicy::believes(const std::string& root) const { return !roots || among(*roots, root); }

bool Trust::revoked(const PublisherStatement& statement) const {
  const std::string key = statement.key.fingerprint();
  for (const auto& list : revocations) {
    if (among(list.keys, key) || among(list.keys, statement.root)) return true;
    for (const auto& one : list.publishers)
      if (one.publisher == statement.publisher && statement.serial <= one.serial) return true;
  }
  return false;
}

// The newest statement whose key made the signature: a publisher has several when keys or terms change.
Result<const PublisherStatement*> Trust::signer(const Manifest& manifest, std::string_view bytes,
                                                std::string_view signature) const {
  const PublisherStatement* found = nullptr;
  bool known = false;
  for (const auto& statement : statements) {
    if (statement.publisher != manifest.publisher || !policy.believes(statement.root)) continue;
    known = true;
    if (found != nullptr && found->serial > statement.serial) continue;
    if (verifies(statement.key, bytes, signature)) found = &statement;
  }
  if (!known)
    return refused(Refusal::kUnknownPublisher,
                   "nobody who is trusted here vouches for publisher " + manifest.publisher);
  if (found == nullptr)
    return refused(Refusal::kWrongSignature, "no key of publisher " + manifest.publisher + " made the signature");
  return found;
}

Result<Judgement> Trust::judge(const Manifest& manifest, std::string_view bytes, std::string_view signature,
                               const std::vector<std::string>& digests, Instant at) const {
  for (const auto& list : revocations)
    for (const auto& digest : digests)
      if (among(list.packages, digest)) return refused(Refusal::kPackageRevoked, "this package has been revoked");
  if (signature.empty()) {
    if (policy.allows(Level::kLocalDev)) return Judgement{};
    return refused(Refusal::kUnsigned, "nobody has signed it, and this is no development installation");
  }
  const auto found = signer(manifest, bytes, signature);
  if (!found) return found.error();
  const PublisherStatement& statement = **found;
  if (revoked(statement))
    return refused(Refusal::kPublisherRevoked, "the key of publisher " + statement.publisher + " has been revoked");
  if (auto fine = check_time(statement, at); !fine) return fine.error();
  if (auto fine = check_scope(statement, manifest, installation); !fine) return fine.error();
  if (!policy.allows(statement.level))
    return refused(Refusal::kLevelTooLow, "its level is " + std::string(to_text(statement.level)) +
                                              ", the policy asks for " + std::string(to_text(policy.least)));
  return Judgement{statement.level, statement.publisher, statement.key.fingerprint(), statement.serial,
                   statement.not_after};
}

}  // namespace vestitel
