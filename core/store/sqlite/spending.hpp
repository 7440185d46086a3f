// What was begun today, a row for each channel, day and currency, kept in the transaction of the lease and of the
// settlement: so it outlives a restart, and two who lease at the same time cannot both spend the last message. What has
// neither price nor budget is not counted. On the writer's thread.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/spending.hpp"
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

// Of one sink: a purse for each channel, by its number.
using Purses = std::array<Purse, kAllChannels.size() + 1>;

class SpendingBook {
 public:
  explicit SpendingBook(Database& store);

  struct Sink {
    std::string name;
    SinkTerms terms;
  };
  using Sinks = std::map<std::int64_t, Sink>;  // by their numbers
  void rule(Sinks sinks, std::map<Channel, Budget> per_day);

  // What `sink` may still send today. Adds to `used_up` what has not been told of this day yet of the channels that it
  // serves.
  Purses open(std::int64_t sink, Instant now, std::vector<BudgetUsedUp>& used_up);
  // What was taken from them.
  void charge(std::int64_t sink, const Purses& purses, Instant now);
  // One message that was leased at `since` cost nothing.
  void give_back(std::int64_t sink, Channel channel, Instant since);

 private:
  [[nodiscard]] const Money& price(std::int64_t sink) const;
  [[nodiscard]] bool counted(Channel channel, const Money& price) const;
  void tell(std::int64_t sink, Channel channel, Date day, const Purse& purse, std::vector<BudgetUsedUp>& used_up);

  Sinks sinks_;
  std::map<Channel, Budget> per_day_;
  struct Told {
    std::optional<Date> day;
    bool urgent_too = false;
  };
  std::map<std::pair<std::int64_t, Channel>, Told> told_;
  Statement spent_, charge_, give_back_;
};

}  // namespace vestitel::sqlite
