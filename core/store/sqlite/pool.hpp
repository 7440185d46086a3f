// Reading connections, lent to one thread at a time. Each keeps its prepared statements between loans.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/model/subscription.hpp"
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

// Every read of the hot path, prepared once for each connection.
struct Reader {
  Reader(const std::string& store_path, const std::string& vault_path);
  Database store, vault;
  Statement person_by_blind, key_by_person, identifier_by_person;
  Statement seal_after, events_after, subscriptions, outbox_body, contact_of, last_reason;
  Statement subscribed_after;
  Statement told_of, report_of, reopened;

  // Who is told of the subject, in the order of recipients and channels.
  std::vector<Subscription> subscriptions_of(PersonId subject);
};

class Pool {
 public:
  Pool(std::string store_path, std::string vault_path)
      : store_path_(std::move(store_path)), vault_path_(std::move(vault_path)) {}

  class Loan {
   public:
    Loan(Pool& pool, std::unique_ptr<Reader> reader) : pool_(pool), reader_(std::move(reader)) {}
    ~Loan() {
      const std::lock_guard lock(pool_.mutex_);
      pool_.idle_.push_back(std::move(reader_));
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Reader* operator->() { return reader_.get(); }

   private:
    Pool& pool_;
    std::unique_ptr<Reader> reader_;
  };

  Loan borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return {*this, std::move(reader)};
      }
    }
    return {*this, std::make_unique<Reader>(store_path_, vault_path_)};
  }

 private:
  const std::string store_path_, vault_path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;  // under mutex_
};

}  // namespace vestitel::sqlite
