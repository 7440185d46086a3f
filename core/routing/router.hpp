// T2: walks the sealed events in order and decides, for each recipient and channel, what is owed and what is not.
//
// Repeatable: decisions are a function of the event, the subscriptions and the rules; they become durable together
// with the position, so that a kill repeats a page and never skips one.
#pragma once
#include <cstdint>
#include <future>
#include <optional>
#include <vector>

#include "core/base/clock.hpp"
#include "core/pipeline/choose.hpp"
#include "core/ports/routing_store.hpp"
#include "core/routing/told_lately.hpp"

namespace vestitel {

struct RoutingCounts {
  std::uint64_t events = 0, owed = 0, not_owed = 0;
};

class Router {
 public:
  // Borrows all; they outlive the router. `page` bounds what one transaction decides. The first page of a walk is
  // small and each one after it up to twice as large: what follows a pause reaches the sinks at once, what is much
  // pays for few commits.
  Router(RoutingStore& store, const Pipeline& pipeline, const Clock& clock, std::size_t page = 1'000);

  // Routes one page, while the one before it becomes durable. The number of events that were decided, or whose
  // decisions became durable; 0 when nothing is left to do. Thread: one.
  Result<std::size_t> step();

  [[nodiscard]] const RoutingCounts& counts() const { return counts_; }

 private:
  Result<std::size_t> settle();
  Result<> decide(RoutingStore::Page& page, RoutedBatch& batch);
  Result<> decide(RoutableEvent& event, Instant now, std::vector<Decision>& decisions);
  Result<std::size_t> decide_reopened();
  Result<> chosen(ReopenedEvent& one, std::vector<Decision>& decisions);
  void count(const std::vector<Decision>& decisions);

  RoutingStore& store_;
  const Pipeline& pipeline_;
  const Clock& clock_;
  const std::size_t page_;
  std::size_t next_page_;
  Chooser chooser_;
  std::optional<RouterPosition> position_;  // behind what has been handed over
  std::future<Result<>> pending_;           // the page handed over last, where it has not been waited for
  std::size_t pending_events_ = 0;
  ToldLately told_;
  RoutingCounts counts_;
};

}  // namespace vestitel
