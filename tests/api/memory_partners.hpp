// Partners in memory.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "core/ports/partner_store.hpp"

namespace vestitel::test {

inline Digest digest_of(std::string_view text) {
  Sha256 sha;
  sha.add(text);
  return sha.finish();
}

class MemoryPartners final : public PartnerStore {
 public:
  void put(const std::string& id, std::vector<std::string> instances) {
    Partner partner;
    partner.id = id;
    partner.instances = std::move(instances);
    all[id] = partner;
  }
  void let(const std::string& id, CredentialKind kind, const Digest& digest, std::optional<Instant> until = {}) {
    keys[{kind, digest}] = {id, until};
  }

  Result<std::vector<Partner>> partners() override { return std::vector<Partner>(); }
  Result<std::optional<Partner>> partner(std::string_view) override { return std::optional<Partner>(); }
  Result<std::vector<Credential>> credentials(std::string_view) override { return std::vector<Credential>(); }
  Result<std::optional<Partner>> authenticate(CredentialKind kind, const Digest& digest, Instant now) override {
    const std::lock_guard lock(mutex);
    ++asked;
    if (broken) return {Failure::kIo, "reading partners: no disk"};
    const auto found = keys.find({kind, digest});
    if (found == keys.end() || (found->second.second && now >= *found->second.second)) return std::optional<Partner>();
    return std::optional(all.at(found->second.first));
  }
  Result<> add(const Partner&) override { return Done{}; }
  Result<> change(const Partner&) override { return Done{}; }
  Result<> rotate(std::string_view, const Credential&, Instant) override { return Done{}; }

  std::mutex mutex;
  std::map<std::string, Partner> all;
  std::map<std::pair<CredentialKind, Digest>, std::pair<std::string, std::optional<Instant>>> keys;
  std::atomic<int> asked{0};
  std::atomic<bool> broken{false};
};

}  // namespace vestitel::test
