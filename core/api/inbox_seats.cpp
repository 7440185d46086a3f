#include "core/api/inbox_seats.hpp"

namespace vestitel {
namespace {

constexpr std::chrono::minutes kWindow{1};
constexpr std::size_t kMostAddresses = 10'000;

}  // namespace

bool InboxSeats::admit(const std::string& address, Ticket& ticket) {
  std::size_t& here = of_address_[address];
  if (here >= per_address_ || (seats_.size() - closing_ >= most_ && !make_room())) {
    if (here == 0) of_address_.erase(address);
    return false;
  }
  ++here;
  ticket = seats_.insert(seats_.end(), Seat{address, "", Stage::kNew, {}, false});
  return true;
}

void InboxSeats::leave(Ticket ticket) {
  const auto here = of_address_.find(ticket->address);
  if (--here->second == 0) of_address_.erase(here);
  if (ticket->closing) --closing_;
  seats_.erase(ticket);
}

bool InboxSeats::make_room() {
  for (const Stage stage : {Stage::kNew, Stage::kIdle})
    for (Seat& seat : seats_) {
      if (seat.stage != stage || seat.closing) continue;
      seat.closing = true;
      ++closing_;
      if (seat.close) seat.close();
      return true;
    }
  return false;
}

void InboxSeats::close(bool busy_too) {
  for (Seat& seat : seats_)
    if ((busy_too || seat.stage != Stage::kBusy) && seat.close) seat.close();
}

bool InboxFailures::count(const std::string& address, Micros now) {
  if (minutes_.size() >= kMostAddresses)
    std::erase_if(minutes_, [&](const auto& entry) { return now - entry.second.since >= kWindow; });
  if (minutes_.size() >= kMostAddresses) minutes_.clear();
  Minute& minute = minutes_[address];
  if (minute.failures == 0 || now - minute.since >= kWindow) minute = {now, 0};
  return ++minute.failures > most_;
}

}  // namespace vestitel
