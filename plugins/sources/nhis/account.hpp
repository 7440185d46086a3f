// What becomes of one record: the messages about it, put into the order in which they were written, end as at most one
// event (two of a stay, one more of a dispensing), and what does not fit goes to quarantine.
#pragma once
#include <vector>

#include "slip.hpp"

namespace nhis {

// Where an account is settled to.
class Desk {
 public:
  virtual ~Desk() = default;
  // `whole` says what the record says by now. `key` is the first part of the record key.
  virtual void tell(std::string_view type, std::string_view key, const Slip& whole, std::uint16_t revision) = 0;
  virtual void quarantine(const Slip& slip, std::string_view element, std::string_view reason) = 0;
};

// `steps` are the slips of one record, in the order in which they came.
void settle(Kind kind, std::vector<Slip>& steps, const Settings& settings, Desk& desk);

}  // namespace nhis
