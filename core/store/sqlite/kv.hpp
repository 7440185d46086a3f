// What plugins keep: KvStore over SQLite.
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/kv_store.hpp"
#include "core/store/master_keys.hpp"
#include "core/store/sqlite/instances.hpp"
#include "core/store/sqlite/pool.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

class SqliteKv final : public KvStore {
 public:
  SqliteKv(Writer& writer, Pool& readers, const MasterKeys& keys, Random& random);

  Result<std::optional<KvEntry>> get(std::string_view instance, std::string_view key) override;
  Result<std::vector<KvListed>> list(std::string_view instance, std::string_view prefix, std::string_view after,
                                     std::size_t max) override;
  Result<std::uint64_t> put(std::string_view instance, std::string_view key, std::string_view value,
                            std::optional<std::uint64_t> expected, std::uint64_t quota) override;
  Result<bool> remove(std::string_view instance, std::string_view key, std::optional<std::uint64_t> expected) override;

  // A change with its value sealed, beside the caller's thread.
  struct Sealed {
    std::string key;
    std::optional<std::string> value;
    std::size_t weight = 0;  // of key and value in clear
  };
  Result<std::vector<Sealed>> sealed(std::string_view instance, std::span<const KvChange> changes);
  // Applies them in the transaction that runs. kDenied: together they are more than the quota. Writer's thread.
  Result<Done> apply(std::string_view instance, std::span<const Sealed> changes, std::uint64_t quota);

 private:
  struct Account {
    std::int64_t bytes = 0, revision = 0;
  };
  struct Row {
    std::int64_t id = 0, revision = 0, weight = 0;
  };
  // writer's thread
  Account account(std::int64_t instance);
  std::optional<Row> row(std::int64_t instance, std::string_view key);
  void write(std::int64_t instance, const Sealed& change, const std::optional<Row>& before, Account& account);
  void erase(const Row& row, Account& account);
  void keep(std::int64_t instance, const Account& account);

  Writer& writer_;
  Pool& readers_;
  const MasterKeys keys_;
  Random& random_;

  // used on the writer's thread alone
  InstanceNumbers instances_;
  Statement account_, keep_account_, find_, insert_, update_, delete_;
};

// Whether key and value may be kept at all; kInvalid says why not.
Result<> check_kv(std::string_view key, std::string_view value);

}  // namespace vestitel::sqlite
