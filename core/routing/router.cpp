#include "core/routing/router.hpp"

#include <algorithm>
#include <utility>

#include "core/base/fault_point.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kFirstPage = 64;

}  // namespace

Router::Router(RoutingStore& store, const Pipeline& pipeline, const Clock& clock, std::size_t page)
    : store_(store),
      pipeline_(pipeline),
      clock_(clock),
      page_(page),
      next_page_(std::min(page, kFirstPage)),
      chooser_(pipeline, [&store](std::int64_t instance) { return store.instance_name(instance); }) {}

Result<std::size_t> Router::step() {
  if (!position_) {
    auto position = store_.router_position();
    if (!position) return position.error();
    position_ = *position;
  }
  auto page = store_.routable(*position_, next_page_, pipeline_.needs_body());
  if (!page) return page.error();
  const bool end = page->events.empty() && page->next == *position_;
  next_page_ = std::min(page_, end ? kFirstPage : next_page_ * 2);
  if (end) return settle();

  RoutedBatch batch{*position_, page->next, {}};
  if (auto decided = decide(*page, batch); !decided) return decided.error();
  for (const Decision& decision : batch.decisions) ++(decision.not_owed ? counts_.not_owed : counts_.owed);
  counts_.events += page->events.size();
  auto handed_over = store_.commit_routed(std::move(batch));
  auto settled = settle();
  pending_ = std::move(handed_over);
  pending_events_ = page->events.size();
  position_ = page->next;
  if (!settled) {
    (void)settle().ok();  // it followed one that failed: it conflicts, and both are read again
    position_.reset();
    return settled.error();
  }
  return page->events.size();
}

// Waits for the page that was handed over last.
Result<std::size_t> Router::settle() {
  if (!pending_.valid()) return std::size_t{0};
  auto committed = pending_.get();
  if (!committed) {
    position_.reset();  // read it again: another walk has moved it, or nobody knows
    return committed.error();
  }
  VESTITEL_FAULT_POINT("t2.after_commit");
  return std::exchange(pending_events_, 0);
}

Result<> Router::decide(const RoutingStore::Page& page, RoutedBatch& batch) {
  batch.decisions.reserve(page.events.size());
  const Instant now = clock_.now();
  for (const RoutableEvent& event : page.events)
    if (auto decided = chooser_.decide(event, now, batch.decisions); !decided)
      return decided.error().during("routing event " + to_text(event.event.id));
  return Done{};
}

}  // namespace vestitel
