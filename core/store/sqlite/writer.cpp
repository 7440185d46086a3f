#include "core/store/sqlite/writer.hpp"

#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/base/log.hpp"
#include "core/base/thread_name.hpp"
#include "core/store/sqlite/schema.hpp"

namespace vestitel::sqlite {
namespace {

constexpr int kStoreCacheKib = 24 * 1024, kVaultCacheKib = 16 * 1024;
constexpr int kCheckpointPages = 8'000;  // 64 MiB of store, 32 MiB of vault
constexpr std::size_t kGroupJobs = 64;   // a bound on how long one transaction holds what waits for it

}  // namespace

Connections::Connections(const std::string& store_path, const std::string& vault_path)
    : store(store_path, Access::kWrite, kStorePage, kStoreCacheKib),
      vault(vault_path, Access::kWrite, kVaultPage, kVaultCacheKib) {}

Writer::Writer(std::unique_ptr<Connections> connections, Poisoned poisoned)
    : connections_(std::move(connections)), poisoned_(std::move(poisoned)) {}

Writer::~Writer() { stop(); }

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::start() {
  thread_ = std::thread([this] { loop(); });
}

void Writer::add(Job job) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    if (error_)
      refused = error_;
    else if (stopping_)
      refused = Error{Failure::kCancelled, "writing to the store: the hub is stopping"};
    else
      queue_.push_back(std::move(job));
  }
  if (refused)
    job.complete(&*refused);
  else
    wake_.notify_one();
}

void Writer::loop() {
  name_thread("vst-writer");
  for (;;) {
    std::deque<Job> group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      while (!queue_.empty() && group.size() < kGroupJobs) {
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    run_group(group);
  }
}

void Writer::run_group(std::deque<Job>& group) {
  const Error* failed = nullptr;
  std::optional<Error> error;
  try {
    commit_part(group, true);
    commit_part(group, false);
  } catch (const std::exception& e) {  // border: whatever SQLite throws ends here
    error = Error{Failure::kIo, std::string("committing to the store: ") + e.what()};
    failed = &*error;
    poison(error->message);
  }
  for (Job& job : group) job.complete(failed);
}

void Writer::commit_part(std::deque<Job>& group, bool vault) {
  if (std::none_of(group.begin(), group.end(), [&](const Job& job) { return job.vault == vault; })) return;
  Database& db = vault ? connections_->vault : connections_->store;
  db.execute("BEGIN IMMEDIATE");
  for (Job& job : group) {
    if (job.vault != vault) continue;
    db.execute("SAVEPOINT job");
    if (!job.run()) db.execute("ROLLBACK TO job");
    db.execute("RELEASE job");
  }
  db.execute("COMMIT");
  if (db.wal_pages() < kCheckpointPages) return;
  VESTITEL_FAULT_POINT("checkpoint.before");
  db.checkpoint();
  VESTITEL_FAULT_POINT("checkpoint.after");
}

void Writer::poison(const std::string& why) {
  std::deque<Job> orphans;
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = Error{Failure::kIo, why};
    orphans.swap(queue_);
  }
  log::error("store_poisoned", {{"reason", why}});
  for (Job& job : orphans) job.complete(&*error_);
  if (poisoned_) poisoned_(why);
}

}  // namespace vestitel::sqlite
