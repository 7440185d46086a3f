// The one thread that writes. It owns the only writing connections, to the store and to the vault, and with them
// every WAL checkpoint. Producers hand it jobs; it runs whatever has gathered in one transaction (group commit) and
// answers each job only after the COMMIT is durable.
//
// A job may have a vault part. All vault parts of a group are committed first, so that the key of a person is durable
// before the first event that uses it; an orphan key is harmless.
//
// A failed COMMIT is unknown, not no: the writer then refuses all further work, tells `poisoned`, and only a new
// process may find out what became of it.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/result.hpp"
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

struct Connections {
  Connections(const std::string& store_path, const std::string& vault_path);
  Database store;
  Database vault;
};

class Writer {
 public:
  using Poisoned = std::function<void(const std::string& why)>;

  // Takes the connections; statements prepared on them before start() are used by jobs alone.
  Writer(std::unique_ptr<Connections> connections, Poisoned poisoned);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Connections& connections() { return *connections_; }
  void start();
  void stop();  // finishes what has been handed over; what comes later is refused

  // Runs `job` on the writer's thread inside the next transaction of the store; its result is there once that is
  // durable. What a job wrote that returns a failure is undone; the others of its group stand.
  template <class T>
  std::future<Result<T>> submit(std::function<Result<T>()> job) {
    return enqueue<T>(std::move(job), false);
  }
  template <class T>
  std::future<Result<T>> submit_vault(std::function<Result<T>()> job) {
    return enqueue<T>(std::move(job), true);
  }

 private:
  struct Job {
    bool vault = false;
    std::function<bool()> run;                   // computes and keeps the result; false: undo what it wrote
    std::function<void(const Error*)> complete;  // nullptr: durable
  };

  template <class T>
  std::future<Result<T>> enqueue(std::function<Result<T>()> work, bool vault) {
    struct State {
      std::promise<Result<T>> promise;
      std::optional<Result<T>> result;
    };
    auto state = std::make_shared<State>();
    auto future = state->promise.get_future();
    add({vault,
         [state, work = std::move(work)] {
           state->result.emplace(work());
           return state->result->ok();
         },
         [state](const Error* error) {
           state->promise.set_value(error != nullptr ? Result<T>(*error) : std::move(*state->result));
         }});
    return future;
  }

  void add(Job job);
  void loop();
  void run_group(std::deque<Job>& group);
  void commit_part(std::deque<Job>& group, bool vault);
  void poison(const std::string& why);

  std::unique_ptr<Connections> connections_;
  const Poisoned poisoned_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;       // under mutex_
  bool stopping_ = false;       // under mutex_
  std::optional<Error> error_;  // under mutex_; set once, for good

  std::thread thread_;
};

}  // namespace vestitel::sqlite
