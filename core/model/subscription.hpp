// Who is told what of whom, on which channel, and how often.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/personal.hpp"
#include "core/model/event.hpp"
#include "core/model/identifier.hpp"
#include "core/model/message.hpp"

namespace vestitel {

enum class Cadence : std::uint8_t { kImmediate = 1, kDaily = 2, kWeekly = 3, kMonthly = 4, kOff = 5 };  // stored
std::string_view to_text(Cadence cadence);
std::optional<Cadence> cadence(std::string_view text);

struct Subscription {
  PersonId subject = 0;
  PersonId recipient = 0;  // the subject, or who acts for them
  Channel channel = Channel::kEmail;
  Cadence cadence = Cadence::kImmediate;
  std::string locale = "bg";
  bool reachable = false;  // the recipient has a usable address on this channel
};

// One line of an enrolment: subscribe this person on this channel at this address.
struct Enrolment {
  Identifier person;
  Channel channel = Channel::kEmail;
  PersonalText address;
  Cadence cadence = Cadence::kImmediate;
  std::string locale = "bg";
};

}  // namespace vestitel
