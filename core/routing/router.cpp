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
  if (auto again = decide_reopened(); !again || *again > 0) return again;
  auto page = store_.routable(*position_, next_page_, pipeline_.needs_body());
  if (!page) return page.error();
  const bool end = page->events.empty() && page->next == *position_;
  next_page_ = std::min(page_, end ? kFirstPage : next_page_ * 2);
  if (end) {
    auto settled = settle();
    told_.clear();  // the store shows all of it
    return settled;
  }

  RoutedBatch batch{*position_, page->next, {}};
  if (auto decided = decide(*page, batch); !decided) return decided.error();
  count(batch.decisions);
  counts_.events += page->events.size();
  auto handed_over = store_.commit_routed(std::move(batch));
  auto settled = settle();
  told_.next_page();
  pending_ = std::move(handed_over);
  pending_events_ = page->events.size();
  position_ = page->next;
  if (!settled) {
    (void)settle().ok();  // it followed one that failed: it conflicts, and both are read again
    position_.reset();
    told_.clear();
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
    told_.clear();
    return committed.error();
  }
  VESTITEL_FAULT_POINT("t2.after_commit");
  return std::exchange(pending_events_, 0);
}

Result<> Router::decide(RoutingStore::Page& page, RoutedBatch& batch) {
  batch.decisions.reserve(page.events.size());
  const Instant now = clock_.now();
  for (RoutableEvent& event : page.events)
    if (auto decided = decide(event, now, batch.decisions); !decided)
      return decided.error().during("routing event " + to_text(event.event.id));
  return Done{};
}

Result<> Router::decide(RoutableEvent& event, Instant now, std::vector<Decision>& decisions) {
  const std::size_t first = decisions.size();
  if (event.activity) {
    told_.add_to(event);
    if (!event.told.empty())
      if (auto read = store_.read_reports(event); !read) return read;
  }
  if (auto decided = chooser_.decide(event, now, decisions); !decided) return decided;
  if (event.activity)
    for (std::size_t i = first; i < decisions.size(); ++i) told_.note(decisions[i]);
  return Done{};
}

// What was held to be told by a delivery that came to nothing. Rare, so that it waits: for the page before it, which
// may have decided on such a delivery as well, and for its own commit.
Result<std::size_t> Router::decide_reopened() {
  auto reopened = store_.reopened(page_, pipeline_.needs_body());
  if (!reopened) return reopened.error();
  if (reopened->empty()) return std::size_t{0};
  if (auto settled = settle(); !settled) return settled;
  told_.clear();
  reopened = store_.reopened(page_, pipeline_.needs_body());
  if (!reopened) return reopened.error();
  std::vector<Decision> decisions, all;
  for (ReopenedEvent& one : *reopened) {
    all.clear();
    if (auto decided = chosen(one, all); !decided) return decided.error();
    decisions.push_back(std::move(all.front()));
    told_.note(decisions.back());
  }
  count(decisions);
  auto done = store_.commit_reopened(*reopened, std::move(decisions));
  told_.clear();
  if (!done) return done.error();
  return reopened->size();
}

// The one decision that is made anew, of all that the event would need.
Result<> Router::chosen(ReopenedEvent& one, std::vector<Decision>& decisions) {
  RoutableEvent& event = one.routable;
  std::erase_if(event.subscriptions,
                [&](const Subscription& s) { return s.recipient != one.recipient || s.channel != one.channel; });
  if (one.superseded) event.subscriptions.clear();
  if (event.activity) {
    told_.add_to(event);
    if (auto read = store_.read_reports(event); !read) return read;
  }
  if (auto decided = chooser_.decide(event, clock_.now(), decisions); !decided) return decided;
  decisions.front().recipient = one.recipient;
  decisions.front().channel = one.channel;
  if (one.superseded) decisions.front().not_owed = NotOwedReason::kSuperseded;
  return Done{};
}

void Router::count(const std::vector<Decision>& decisions) {
  for (const Decision& decision : decisions) ++(decision.not_owed ? counts_.not_owed : counts_.owed);
}

}  // namespace vestitel
