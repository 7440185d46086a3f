// What the transports and the staff's verbs need to know of partners.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/partner.hpp"

namespace vestitel {

class PartnerStore {
 public:
  virtual ~PartnerStore() = default;

  // Every partner, also those that have ended, in the order of their ids. Thread: any.
  virtual Result<std::vector<Partner>> partners() = 0;
  virtual Result<std::optional<Partner>> partner(std::string_view id) = 0;
  virtual Result<std::vector<Credential>> credentials(std::string_view id) = 0;

  // Whose credential this is, where it and its partner are good at `now`; nothing: nobody's. Thread: any.
  virtual Result<std::optional<Partner>> authenticate(CredentialKind kind, const Digest& digest, Instant now) = 0;

  // All durable when they return. add: kConflict, there is one of that id. change: kNotFound, there is none.
  virtual Result<> add(const Partner& partner) = 0;
  virtual Result<> change(const Partner& partner) = 0;
  // A further credential; those of the same kind before it end at `old_until`, or sooner as they did. kConflict: it is
  // known already, here or elsewhere.
  virtual Result<> rotate(std::string_view id, const Credential& credential, Instant old_until) = 0;
};

}  // namespace vestitel
