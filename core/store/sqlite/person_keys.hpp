// Who people are, as far as a reading connection can tell: blind index -> number and data key. A number is opaque and
// ours. Nothing else leaves the vault but through open_identifier(), for the clerk who has to see it.
#pragma once
#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/crypto.hpp"
#include "core/model/event.hpp"
#include "core/model/identifier.hpp"
#include "core/store/master_keys.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/pool.hpp"

namespace vestitel::sqlite {

struct Subject {  // as a batch names it; borrows the text
  IdentifierType type;
  std::string_view value;
};

struct Person {
  PersonId id = 0;
  std::shared_ptr<const SecretKey> key;
};

class PersonKeys {
 public:
  PersonKeys(Pool& readers, const MasterKeys& keys) : readers_(readers), keys_(keys.copy()) {}

  // The person of an identifier, or nothing. Thread: any.
  Result<std::optional<Person>> find(const Subject& subject);

  // The person of each subject, in the same order; id 0 where there is none. Sorted by index before the disk is
  // touched. Thread: any.
  struct Found {
    std::vector<Person> people;
    std::vector<Digest> blinds;
  };
  Result<Found> find_all(std::span<const Subject> subjects);

  // The data keys of people by number, through a bounded cache. Thread: any. A person erased has no key: nullptr.
  Result<std::vector<std::shared_ptr<const SecretKey>>> keys_of(std::span<const PersonId> people);

  Result<std::optional<Identifier>> open_identifier(PersonId person);

  [[nodiscard]] std::shared_ptr<const SecretKey> unwrap(std::string_view wrapped, std::string_view blind) const;

 private:
  void remember(PersonId id, const std::shared_ptr<const SecretKey>& key);
  std::shared_ptr<const SecretKey> remembered(PersonId id);

  Pool& readers_;
  const MasterKeys keys_;

  std::mutex mutex_;
  std::list<std::pair<PersonId, std::shared_ptr<const SecretKey>>> recent_;  // under mutex_, newest first
  std::unordered_map<PersonId, decltype(recent_)::iterator> cache_;          // under mutex_
};

// Associated data: where a sealed value of a person's row belongs.
inline std::string wrap_place(std::string_view blind) { return std::string("person.wrapped/1/").append(blind); }
inline std::string identifier_place(std::string_view blind) {
  return std::string("person.identifier/1/").append(blind);
}

}  // namespace vestitel::sqlite
