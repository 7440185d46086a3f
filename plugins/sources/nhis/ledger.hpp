// The records that a document tells of, open until it ends: messages find their record by its national number, and, as
// long as that is not known, by the local number that request and reply share. Bounded: beyond 16 MiB of what is kept
// the oldest record is settled, and what comes for it later finds it gone.
#pragma once
#include <array>
#include <cstddef>
#include <list>
#include <optional>
#include <string_view>
#include <vector>

#include "account.hpp"
#include "id_table.hpp"

namespace nhis {

class Ledger final : private Desk {
 public:
  static constexpr std::size_t kKept = 16 * 1024 * 1024;
  static constexpr std::size_t kSteps = 1000;  // messages about one record

  // Borrows both.
  Ledger(const Settings& settings, vestitel::Emit& out) : settings_(settings), out_(out) {}

  void add(Slip&& slip);
  // The slip that was added last was refused by the system: nothing of it happened.
  void take_back_last();
  // Settles what is still open, in the order in which it came up.
  void finish();

  std::uint64_t records() const { return records_; }
  std::uint64_t told() const { return told_; }
  std::uint64_t quarantined() const { return quarantined_; }

 private:
  struct Entry {
    Kind kind = Kind::none;
    std::optional<Id> number, local;
    std::vector<Slip> steps;
    std::size_t cost = 0;
    std::list<Entry>::iterator self;
  };

  Entry& entry_of(const Slip& slip);
  Entry& begin_entry(Kind kind);
  Entry& join(Entry& by_local, Entry* by_number);
  IdTable<Entry*>& numbers(Kind kind) { return by_number_[static_cast<std::size_t>(kind)]; }
  IdTable<Entry*>& locals(Kind kind) { return by_local_[static_cast<std::size_t>(kind)]; }
  void settle_oldest();

  void tell(std::string_view type, std::string_view key, const Slip& whole, std::uint16_t revision) override;
  void quarantine(const Slip& slip, std::string_view element, std::string_view reason) override;
  // Whether the document itself shows that this number is that of another person's record.
  bool of_another(std::string_view number, const Subject& subject);

  const Settings& settings_;
  vestitel::Emit& out_;
  std::list<Entry> entries_;
  std::array<IdTable<Entry*>, kKinds> by_number_, by_local_;
  Entry* last_ = nullptr;  // to which a slip was added last
  std::size_t kept_ = 0;
  std::uint64_t records_ = 0, told_ = 0, quarantined_ = 0;
};

}  // namespace nhis
