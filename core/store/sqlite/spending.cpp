#include "core/store/sqlite/spending.hpp"

namespace vestitel::sqlite {
namespace {

std::int64_t number(Date day) { return day.time_since_epoch().count(); }
std::int64_t number(Channel channel) { return static_cast<std::int64_t>(channel); }

}  // namespace

SpendingBook::SpendingBook(Database& store)
    : spent_(store,
             "SELECT sum(messages), sum(CASE currency WHEN ?3 THEN micros END) FROM spent WHERE day = ?1 AND channel = "
             "?2"),
      charge_(store,
              "INSERT INTO spent(day, channel, currency, messages, micros) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO "
              "UPDATE SET messages = messages + ?4, micros = micros + ?5"),
      give_back_(store,
                 "UPDATE spent SET messages = messages - 1, micros = micros - ?4 WHERE day = ?1 AND channel = ?2 AND "
                 "currency = ?3") {}

void SpendingBook::rule(Sinks sinks, std::map<Channel, Budget> per_day) {
  sinks_ = std::move(sinks);
  per_day_ = std::move(per_day);
  told_.clear();
}

const Money& SpendingBook::price(std::int64_t sink) const {
  static const Money kNone;
  const auto found = sinks_.find(sink);
  return found == sinks_.end() ? kNone : found->second.terms.price;
}

bool SpendingBook::counted(Channel channel, const Money& price) const {
  return !price.currency.empty() || per_day_.contains(channel);
}

Purses SpendingBook::open(std::int64_t sink, Instant now, std::vector<BudgetUsedUp>& used_up) {
  Purses purses{};
  const Date today = sofia_date(now);
  for (const auto& [channel, budget] : per_day_) {
    Spent spent;
    {
      auto row = spent_.rows(number(today), number(channel), std::string_view(budget.currency));
      row.step();
      spent = {row.integer(0), row.integer(1)};
    }
    Purse& purse = purses.at(static_cast<std::size_t>(channel));
    purse = purse_of(budget, price(sink), spent);
    tell(sink, channel, today, purse, used_up);
  }
  return purses;
}

void SpendingBook::tell(std::int64_t sink, Channel channel, Date day, const Purse& purse,
                        std::vector<BudgetUsedUp>& used_up) {
  if (purse.affords(false)) return;
  const auto one = sinks_.find(sink);
  if (one == sinks_.end() || !one->second.terms.serves(channel)) return;
  const bool urgent_too = !purse.affords(true);
  Told& told = told_[{sink, channel}];
  if (told.day == day && (told.urgent_too || !urgent_too)) return;
  told = {day, urgent_too};
  used_up.push_back({one->second.name, channel, day, urgent_too});
}

void SpendingBook::charge(std::int64_t sink, const Purses& purses, Instant now) {
  const Money& each = price(sink);
  for (std::size_t i = 0; i < purses.size(); ++i) {
    const auto channel = static_cast<Channel>(i);
    if (purses[i].taken == 0 || !counted(channel, each)) continue;
    charge_.run(number(sofia_date(now)), number(channel), std::string_view(each.currency), purses[i].taken,
                times(each, purses[i].taken).micros);
  }
}

// It counted on the day on which it was leased, whatever day it is now.
void SpendingBook::give_back(std::int64_t sink, Channel channel, Instant since) {
  const Money& each = price(sink);
  if (!counted(channel, each)) return;
  give_back_.run(number(sofia_date(since)), number(channel), std::string_view(each.currency), each.micros);
}

}  // namespace vestitel::sqlite
