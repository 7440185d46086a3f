// What routing decides: for each event, recipient and channel, that something is owed, or that it is not, and why.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"
#include "core/model/subscription.hpp"

namespace vestitel {

// What was told of one activity.
struct ToldReport {
  EventId event;
  Revision revision = Revision::kNew;
  std::string shown;          // keyed hashes of what is shown: core/pipeline/activity.hpp
  std::int64_t as_of_us = 0;  // of the newest document that said so
};

struct ToldBefore {  // to whom; what
  PersonId recipient = 0;
  Channel channel = Channel::kEmail;
  ToldReport report;
};

// An event that is due for routing, with what decides about it.
struct RoutableEvent {
  std::int64_t seal = 0;
  Event event;
  std::vector<Subscription> subscriptions;  // of the subject, active ones, ordered by recipient
  bool baseline = false;                    // of a first load: nobody is told
  std::optional<ActivityIdentity> activity;
  std::vector<ToldBefore> told;  // of the same activity
  // Read only where something was told before:
  std::string shown;
  std::optional<std::string> prior_shown;
  std::int64_t as_of_us = 0;
};

// A decision that was taken back, because what it rested on was never told: it is made anew.
struct ReopenedEvent {
  RoutableEvent routable;
  PersonId recipient = 0;
  Channel channel = Channel::kEmail;
  bool superseded = false;  // a later revision has taken its place
};

enum class NotOwedReason : std::uint8_t {  // stored: values never change
  kNoSubscriber = 1,
  kNoChannel = 2,   // subscribed, but no usable address or no sink on the channel
  kNoRoute = 3,     // a route says: nobody is told of this, or not on this channel
  kSuperseded = 4,  // a later revision left first
  kCancelled = 5,
  kDuplicate = 6,  // the same activity was told already
  kCapped = 7,
  kOtherPayer = 8,    // paid by another than НЗОК: kept, not told by default
  kConfidential = 9,  // the format marks it: told to the person alone, not to who acts for them
  kTurnedOff = 10,    // the recipient has set the channel to "off"
  kBaseline = 11,     // a first load: it fills what the hub knows, nobody is told
  kStandsIn = 12,     // told on another channel first; on this one, should that fail
};
std::string_view to_text(NotOwedReason reason);

// Message.priority: leases serve the higher first.
inline constexpr std::uint32_t kOrdinary = 0;
inline constexpr std::uint32_t kUrgent = 1;

// One decision: something is owed, or is not, with the reason.
struct Decision {
  EventId event;
  std::optional<EventId> prior;  // what the event corrects or annuls, or was told before of the same activity
  bool annuls = false;
  std::optional<ActivityIdentity> activity;
  std::optional<EventId> told_by;  // with kDuplicate: the event whose delivery tells the recipient
  std::int64_t as_of_us = 0;       // with kDuplicate: of its document
  bool told_here = false;          // the activity was told before, on this channel
  PersonId recipient = 0;          // 0: there is none
  Channel channel = Channel::kEmail;
  std::optional<NotOwedReason> not_owed;
  std::optional<int> turn;  // with kStandsIn: which of those that stand in comes first
  std::string route;        // the name of the route that matched
  // where it is owed:
  std::string sink, locale, title, body, body_html, data_json;
  Instant due{}, expires{};
  std::uint32_t priority = kOrdinary;
};

}  // namespace vestitel
