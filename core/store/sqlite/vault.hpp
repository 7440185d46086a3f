// Who people are: blind index -> number and data key. A number is opaque and ours; nothing else leaves the vault but
// through open_identifier(), for the clerk who has to see it.
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
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

struct Subject {  // as a batch names it; borrows the text
  IdentifierType type;
  std::string_view value;
};

struct Person {
  PersonId id = 0;
  std::shared_ptr<const SecretKey> key;
};

class Vault {
 public:
  Vault(Writer& writer, Pool& readers, const MasterKeys& keys, Random& random);

  // The person of each subject, in the same order; those not met before are made, and durable when this returns.
  // Sorts by index before it touches the disk. Thread: any.
  Result<std::vector<Person>> ensure(std::span<const Subject> subjects);

  // The person of an identifier, or nothing. Thread: any.
  Result<std::optional<Person>> find(const Subject& subject);

  // The data keys of people by number, through a bounded cache. Thread: any. A person erased has no key: nullptr.
  Result<std::vector<std::shared_ptr<const SecretKey>>> keys_of(std::span<const PersonId> people);

  Result<std::optional<Identifier>> open_identifier(PersonId person);

  // Proves that the master key is the one this vault was made with. Called before anything else.
  static void check_canary(Database& vault, const MasterKeys& keys, Random& random);

 private:
  struct Entry {
    Digest blind{};
    std::size_t index = 0;  // in the batch
  };
  struct Made {
    PersonId id = 0;
    std::string wrapped;
  };
  Digest blind_of(Hmac& hmac, const Subject& subject) const;
  std::shared_ptr<const SecretKey> unwrap(std::string_view wrapped, std::string_view blind) const;
  Result<std::vector<Person>> make(std::span<const Subject> subjects, const std::vector<Entry>& missing);
  Made insert(const Digest& blind, const Subject& subject);
  void remember(PersonId id, const std::shared_ptr<const SecretKey>& key);
  std::shared_ptr<const SecretKey> remembered(PersonId id);

  Writer& writer_;
  Pool& readers_;
  const MasterKeys keys_;
  Random& random_;

  // used on the writer's thread alone
  Statement find_, insert_;
  PersonId last_id_;

  std::mutex mutex_;
  std::list<std::pair<PersonId, std::shared_ptr<const SecretKey>>> recent_;  // under mutex_, newest first
  std::unordered_map<PersonId, decltype(recent_)::iterator> cache_;          // under mutex_
};

}  // namespace vestitel::sqlite
