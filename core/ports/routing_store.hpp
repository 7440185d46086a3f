// What routing needs of the store: the sealed events in order, the subscriptions of those they concern, and T2.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"
#include "core/model/subscription.hpp"

namespace vestitel {

// Sorts as (seal, event, recipient). Nothing that sorts before a position once returned ever appears later.
struct RouterPosition {
  std::int64_t seal = 0;
  std::int64_t event = 0;      // last event done; 0: none of this seal
  std::int64_t recipient = 0;  // last recipient of the next event done; 0: none
  friend auto operator<=>(const RouterPosition&, const RouterPosition&) = default;
};

// An event that is due for routing, with what decides about it.
struct RoutableEvent {
  std::int64_t seal = 0;
  Event event;
  std::vector<Subscription> subscriptions;  // of the subject, active ones, ordered by recipient
};

enum class NotOwedReason : std::uint8_t {  // stored
  kNoSubscriber = 1,
  kNoChannel = 2,   // subscribed, but no usable address on the channel
  kNoRoute = 3,     // a route says: nobody is told of this
  kSuperseded = 4,  // a later revision left first
  kCancelled = 5,
  kDuplicate = 6,  // the same activity was told already
  kCapped = 7,
};
std::string_view to_text(NotOwedReason reason);

// One decision: something is owed, or is not, with the reason.
struct Decision {
  EventId event;
  PersonId recipient = 0;  // 0: there is none
  Channel channel = Channel::kEmail;
  std::optional<NotOwedReason> not_owed;
  // where it is owed:
  std::string sink, route, locale, title, body, body_html, data_json;
  Instant due{}, expires{};
  std::uint32_t priority = 0;
};

struct RoutedBatch {
  RouterPosition from, to;
  std::vector<Decision> decisions;
};

class RoutingStore {
 public:
  virtual ~RoutingStore() = default;
  virtual Result<RouterPosition> router_position() = 0;
  // Up to `limit` events after `from`, in order; empty when there are none. `next` is the position after the last.
  struct Page {
    std::vector<RoutableEvent> events;
    RouterPosition next;
  };
  virtual Result<Page> routable(const RouterPosition& from, std::size_t limit) = 0;
  // T2: the decisions and the position, together. kConflict when the position is not `from` any more.
  virtual Result<> commit_routed(RoutedBatch batch) = 0;
};

}  // namespace vestitel
