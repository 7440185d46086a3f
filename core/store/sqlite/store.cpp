#include "core/store/sqlite/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/lasting_folder.hpp"
#include "core/base/os_error.hpp"
#include "core/store/sqlite/pairing.hpp"
#include "core/store/sqlite/schema.hpp"

namespace vestitel::sqlite {
namespace {

constexpr int kAskKib = 256;

Error refused(const std::string& folder, const std::string& why) {
  return {Failure::kConfig, "opening the store in " + folder + ": " + why};
}

// File systems whose locks or syncs cannot be trusted: NFS, CIFS, SMB2, FUSE.
bool untrusted(long type) { return type == 0x6969 || type == 0xFF534D42 || type == 0xFE534D42 || type == 0x65735546; }

std::optional<Error> check_folder(const std::string& folder) {
  if (auto made = make_lasting_folder(folder); !made) return refused(folder, made.error().message);
  struct stat about {};
  if (::stat(folder.c_str(), &about) != 0) return refused(folder, os_error());
  if (!S_ISDIR(about.st_mode)) return refused(folder, "not a folder");
  if ((about.st_mode & 022) != 0) return refused(folder, "others may write into it; mode 0700 expected");
  struct statfs system {};
  if (::statfs(folder.c_str(), &system) == 0 && untrusted(system.f_type))
    return refused(folder, "it lies on a network or FUSE file system, which does not keep the promises of fsync");
  return std::nullopt;
}

}  // namespace

Store::Lock::~Lock() {
  if (fd >= 0) ::close(fd);
}

Store::~Store() {
  if (writer_) writer_->stop();
}

Result<std::unique_ptr<Store>> Store::open(const StoreSettings& settings, const MasterKeys& keys, const Clock& clock,
                                           Random& random, Writer::Poisoned poisoned) {
  if (auto wrong = check_folder(settings.folder)) return *wrong;
  std::unique_ptr<Store> store(new Store);
  store->lock_.fd = ::open((settings.folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (store->lock_.fd < 0) return refused(settings.folder, "lock: " + os_error());
  if (::flock(store->lock_.fd, LOCK_EX | LOCK_NB) != 0)
    return Error{Failure::kBusy, "opening the store in " + settings.folder + ": another process holds it"};
  try {  // border: what SQLite throws while opening ends here
    store->start(settings, keys, clock, random, std::move(poisoned));
  } catch (const SqliteError& e) {
    return Error{Failure::kIo, std::string("opening the store in ") + settings.folder + ": " + e.what()};
  } catch (const std::exception& e) {
    return refused(settings.folder, e.what());
  }
  return store;
}

Result<std::unique_ptr<ReadStore>> ReadStore::open(const std::string& folder, const MasterKeys& keys,
                                                   const Clock& clock) {
  const std::string store_path = folder + "/vestitel.db", vault_path = folder + "/keys.db";
  if (::access(store_path.c_str(), R_OK) != 0 && ::access(vault_path.c_str(), R_OK) != 0)
    return Error{Failure::kNotFound, "opening the store in " + folder + ": there is none yet"};
  std::unique_ptr<ReadStore> store(new ReadStore);
  store->readers_ = std::make_unique<Pool>(store_path, vault_path);
  store->people_ = std::make_unique<PersonKeys>(*store->readers_, keys);
  store->look_ = std::make_unique<Look>(nullptr, *store->readers_, *store->people_, keys, clock);
  try {  // border: what SQLite throws while opening ends here
    refuse_half_a_store(store_path, vault_path, Access::kRead);
    {
      Database asked(store_path, Access::kRead, 0, kAskKib);
      refuse_too_old_to_look(asked);
    }
    auto reader = store->readers_->borrow();
    (void)Vault::check_canary(reader->vault, keys);
    check_pair(reader->store, reader->vault);
  } catch (const SqliteError& e) {
    return Error{Failure::kIo, "opening the store in " + folder + ": " + e.what()};
  } catch (const std::exception& e) {
    return refused(folder, e.what());
  }
  return store;
}

void Store::start(const StoreSettings& settings, const MasterKeys& keys, const Clock& clock, Random& random,
                  Writer::Poisoned poisoned) {
  const std::string store_path = settings.folder + "/vestitel.db";
  const std::string vault_path = settings.folder + "/keys.db";
  refuse_half_a_store(store_path, vault_path, Access::kWrite);
  auto connections = std::make_unique<Connections>(store_path, vault_path);
  migrate_vault(connections->vault);
  migrate_store(connections->store);
  if (!Vault::check_canary(connections->vault, keys)) Vault::set_canary(connections->vault, keys, random);
  mark_pair(connections->store, connections->vault, random);
  check_pair(connections->store, connections->vault);
  readers_ = std::make_unique<Pool>(store_path, vault_path);
  writer_ = std::make_unique<Writer>(std::move(connections), std::move(poisoned));
  people_ = std::make_unique<PersonKeys>(*readers_, keys);
  vault_ = std::make_unique<Vault>(*writer_, *people_, keys, random);
  partners_ = std::make_unique<SqlitePartners>(*writer_);
  intake_ = std::make_unique<SqliteIntake>(*writer_, *vault_, *partners_, keys, clock, random);
  routing_ = std::make_unique<SqliteRouting>(*writer_, *readers_, *people_, keys, clock, random);
  delivery_ = std::make_unique<SqliteDelivery>(*writer_, *readers_, *people_, *routing_, clock, settings.node);
  directory_ = std::make_unique<SqliteDirectory>(*writer_, *vault_, clock, random);
  kv_ = std::make_unique<SqliteKv>(*writer_, *readers_, keys, random);
  feeds_ = std::make_unique<SqliteFeeds>(*writer_, *intake_, *kv_, keys, clock, random);
  look_ = std::make_unique<Look>(writer_.get(), *readers_, *people_, keys, clock);
  subjects_ = std::make_unique<SqliteSubjects>(*readers_, *people_);
  writer_->start();
}

}  // namespace vestitel::sqlite
