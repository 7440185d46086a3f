// Who is connected to the inbox, and whose turn it is to go when there is no room: those who have not yet shown who
// they are, the one that has been there longest first. So a crowd of silent connections takes nobody's place.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "core/base/clock.hpp"

namespace vestitel {

class InboxSeats {
 public:
  enum class Stage : std::uint8_t { kNew, kIdle, kBusy };  // busy: a partner's request is being worked on
  struct Seat {
    std::string address;  // by which connections and failures are counted
    std::string peer;     // the whole of it
    Stage stage = Stage::kNew;
    std::function<void()> close;  // set by who sits there
    bool closing = false;
  };
  using Ticket = std::list<Seat>::iterator;

  InboxSeats(std::size_t most, std::size_t per_address) : most_(most), per_address_(per_address) {}

  // Room for one more of that address; makes it where it can. False: there is none.
  bool admit(const std::string& address, Ticket& ticket);
  void leave(Ticket ticket);
  // Closes all that are not busy, or all.
  void close(bool busy_too);
  [[nodiscard]] bool empty() const { return seats_.empty(); }

 private:
  bool make_room();

  const std::size_t most_, per_address_;
  std::list<Seat> seats_;  // in the order of their coming
  std::size_t closing_ = 0;
  std::map<std::string, std::size_t> of_address_;
};

// How often an address has failed to say who it is, in the minute that began with the first time.
class InboxFailures {
 public:
  explicit InboxFailures(std::size_t most) : most_(most) {}
  // Counts one; true: it is more than an address may have.
  bool count(const std::string& address, Micros now);

 private:
  struct Minute {
    Micros since{0};
    std::size_t failures = 0;
  };
  const std::size_t most_;
  std::map<std::string, Minute> minutes_;  // bounded: those that are over go first, then all
};

}  // namespace vestitel
