// Makes people: a number and a data key for each identifier that was not met before, durable before the first event
// that uses them.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/store/sqlite/person_keys.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

class Vault {
 public:
  Vault(Writer& writer, PersonKeys& people, const MasterKeys& keys, Random& random);

  // The person of each subject, in the same order; those not met before are made, and durable when this returns.
  // Thread: any.
  Result<std::vector<Person>> ensure(std::span<const Subject> subjects);

  PersonKeys& people() { return people_; }

  // Proves that the master key is the one this vault was made with; throws where it is not. Called before anything
  // else. False: the vault is new and has no canary yet.
  static bool check_canary(Database& vault, const MasterKeys& keys);
  static void set_canary(Database& vault, const MasterKeys& keys, Random& random);

 private:
  struct Made {
    PersonId id = 0;
    std::string wrapped;
  };
  Result<> make(std::span<const Subject> subjects, PersonKeys::Found& found);
  Made insert(const Digest& blind, const Subject& subject);

  Writer& writer_;
  PersonKeys& people_;
  const MasterKeys keys_;
  Random& random_;

  // used on the writer's thread alone
  Statement find_, insert_;
  PersonId last_id_;
};

}  // namespace vestitel::sqlite
