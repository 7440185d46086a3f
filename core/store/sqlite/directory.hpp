// DirectoryStore over SQLite. Addresses are sealed under the key of the person they belong to.
#pragma once
#include "core/base/clock.hpp"
#include "core/ports/directory_store.hpp"
#include "core/store/sqlite/vault.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

class SqliteDirectory final : public DirectoryStore {
 public:
  SqliteDirectory(Writer& writer, Vault& vault, const Clock& clock, Random& random);

  Result<EnrolmentOutcome> enrol(std::span<const Enrolment> enrolments) override;
  Result<std::optional<PersonId>> find_person(const Identifier& identifier) override;
  Result<bool> cancel(PersonId person, Channel channel) override;

 private:
  enum class Change : std::uint8_t { kAdded, kRenewed, kUnchanged };
  Change apply(const Enrolment& enrolment, const Person& person, std::string_view sealed);
  bool same_address(const Enrolment& enrolment, const Person& person);

  Writer& writer_;
  Vault& vault_;
  const Clock& clock_;
  Random& random_;

  // used on the writer's thread alone
  Statement contact_, put_contact_, subscription_, put_subscription_, end_subscription_;
};

}  // namespace vestitel::sqlite
