// Which message a receipt belongs to. The hub knows a message by one provider id; a centre gives an id to each part,
// and may spell it in another way in the receipt, send that before its answer to the part, or send it twice.
//
// Bounded, and forgets after a day: what a restart or the bound has cost is a receipt less, never a wrong one.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <vestitel/sink.hpp>

#include "plugins/sinks/smpp/receipt.hpp"
#include "plugins/sinks/smpp/status.hpp"

namespace vestitel::smpp {

class ReceiptBook {
 public:
  static constexpr std::int64_t kKeep = 24LL * 3600 * 1'000'000;
  static constexpr std::size_t kMaxMessages = 200'000, kMaxHeld = 20'000;

 private:
  struct Message;
  struct Part {
    std::shared_ptr<Message> message;
    std::size_t number;
  };

 public:
  // What the hub is to be told.
  struct Report {
    std::string provider_id;
    Verdict verdict;
    Part part;  // whose receipt gave it
  };

  explicit ReceiptBook(const Spellings& spellings) : spellings_(spellings) {}

  // All parts of a message were taken. The reports that earlier receipts now give.
  std::vector<Report> accepted(const std::vector<std::string>& parts, std::int64_t now_us);

  // One receipt of a part. None: under way, known already, parts missing, or held until its message is known.
  std::optional<Report> receipt(const Receipt& receipt, const Final& final, std::int64_t now_us);

  // The hub could not be told: the receipt of that part counts as not come.
  static void take_back(const Report& report);

  std::size_t held() const { return held_.size(); }

 private:
  struct Held {
    Receipt receipt;
    Final final;
    std::int64_t since_us;
  };

  const Part* find(const Receipt& receipt) const;
  static std::optional<Report> apply(const Part& part, const Final& final);
  void hold(const Receipt& receipt, const Final& final, std::int64_t now_us);
  void let_go(std::uint64_t number);
  void forget(std::int64_t now_us);

  const Spellings spellings_;
  std::unordered_map<std::string, Part> parts_;    // by form of the id; a form of two messages leads to none
  std::deque<std::shared_ptr<Message>> messages_;  // the oldest first
  std::map<std::uint64_t, Held> held_;             // the oldest first
  std::unordered_multimap<std::string, std::uint64_t> held_by_form_;
  std::uint64_t last_held_ = 0;
};

}  // namespace vestitel::smpp
