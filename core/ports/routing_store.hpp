// What routing needs of the store: the sealed events in order, the subscriptions of those they concern, and T2.
#pragma once
#include <cstdint>
#include <future>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/decision.hpp"

namespace vestitel {

// Sorts as (seal, event, recipient). Nothing that sorts before a position once returned ever appears later.
struct RouterPosition {
  std::int64_t seal = 0;
  std::int64_t event = 0;      // last event done; 0: none of this seal
  std::int64_t recipient = 0;  // last recipient of the next event done; 0: none
  friend auto operator<=>(const RouterPosition&, const RouterPosition&) = default;
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
  // Without content an event carries what the store keeps unencrypted, and no key is touched.
  struct Page {
    std::vector<RoutableEvent> events;
    RouterPosition next;
  };
  // Where an event is a report of an activity, `told` names who was told of it by which event, as far as that is
  // durable; what those events said stands there only behind read_reports().
  virtual Result<Page> routable(const RouterPosition& from, std::size_t limit, bool with_content) = 0;
  // Fills in what `event` and those in its `told` say of the activity.
  virtual Result<> read_reports(RoutableEvent& event) = 0;
  // Decisions that have to be made anew; those that one commit_reopened() is given must be all of one call.
  virtual Result<std::vector<ReopenedEvent>> reopened(std::size_t limit, bool with_content) = 0;
  virtual Result<> commit_reopened(const std::vector<ReopenedEvent>& reopened, std::vector<Decision> decisions) = 0;
  // The configured id of an instance number. Thread: the router's.
  virtual std::string_view instance_name(std::int64_t instance) = 0;
  // T2: the decisions and the position, together; durable when the future says so. Seals what is owed before it
  // returns. kConflict when the position is not `from` any more. Batches become durable in the order of the calls.
  virtual std::future<Result<>> commit_routed(RoutedBatch batch) = 0;
};

}  // namespace vestitel
