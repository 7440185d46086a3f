// The store of one node: opens both files under the process lock, brings their schema up to date, proves the keys, and
// hands out the parts that the stages need. Everything above it sees core/ports alone.
#pragma once
#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/base/result.hpp"
#include "core/store/master_keys.hpp"
#include "core/store/sqlite/delivery.hpp"
#include "core/store/sqlite/directory.hpp"
#include "core/store/sqlite/feeds.hpp"
#include "core/store/sqlite/intake.hpp"
#include "core/store/sqlite/kv.hpp"
#include "core/store/sqlite/look.hpp"
#include "core/store/sqlite/partners.hpp"
#include "core/store/sqlite/routing.hpp"
#include "core/store/sqlite/subjects.hpp"

namespace vestitel::sqlite {

struct StoreSettings {
  std::string folder;  // made with mode 0700 where it is missing
  std::string node = "node-1";
};

class Store {
 public:
  // kBusy: another process holds the store. kConfig: wrong key, newer schema, or a folder that others may enter.
  // `poisoned` is told, on the writer's thread, that a COMMIT failed: the process has to end.
  static Result<std::unique_ptr<Store>> open(const StoreSettings& settings, const MasterKeys& keys, const Clock& clock,
                                             Random& random, Writer::Poisoned poisoned);
  ~Store();

  SqliteIntake& intake() { return *intake_; }
  SqliteRouting& routing() { return *routing_; }
  SqliteDelivery& delivery() { return *delivery_; }
  SqliteDirectory& directory() { return *directory_; }
  SqliteKv& kv() { return *kv_; }
  SqliteFeeds& feeds() { return *feeds_; }
  Look& look() { return *look_; }
  PersonKeys& people() { return *people_; }
  SqliteSubjects& subjects() { return *subjects_; }
  SqlitePartners& partners() { return *partners_; }

 private:
  Store() = default;
  void start(const StoreSettings& settings, const MasterKeys& keys, const Clock& clock, Random& random,
             Writer::Poisoned poisoned);

  // In the order of who needs whom; destroyed from the bottom up, the lock last.
  struct Lock {
    int fd = -1;
    ~Lock();
  } lock_;
  std::unique_ptr<Pool> readers_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<PersonKeys> people_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<SqlitePartners> partners_;
  std::unique_ptr<SqliteIntake> intake_;
  std::unique_ptr<SqliteRouting> routing_;
  std::unique_ptr<SqliteDelivery> delivery_;
  std::unique_ptr<SqliteDirectory> directory_;
  std::unique_ptr<SqliteKv> kv_;
  std::unique_ptr<SqliteFeeds> feeds_;
  std::unique_ptr<Look> look_;
  std::unique_ptr<SqliteSubjects> subjects_;
};

// The same files for reading alone, beside a hub that runs: takes no lock, writes nothing, runs no WAL checkpoint.
class ReadStore {
 public:
  static Result<std::unique_ptr<ReadStore>> open(const std::string& folder, const MasterKeys& keys, const Clock& clock);
  Look& look() { return *look_; }
  PersonKeys& people() { return *people_; }

 private:
  ReadStore() = default;
  std::unique_ptr<Pool> readers_;
  std::unique_ptr<PersonKeys> people_;
  std::unique_ptr<Look> look_;
};

}  // namespace vestitel::sqlite
