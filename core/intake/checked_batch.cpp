#include "core/intake/checked_batch.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace vestitel {
namespace {

constexpr std::size_t kMaxElement = 128, kMaxReason = 256;

void add(EventBatch& out, const QuarantinedView& record) {
  out.items.push_back({true, static_cast<std::uint32_t>(out.quarantined.size())});
  out.quarantined.push_back(record);
}

QuarantinedView quarantined(Place place, const Objection& objection, EventBatch& out) {
  const auto element = std::string_view(objection.element).substr(0, kMaxElement);
  const auto reason = std::string_view(objection.reason).substr(0, kMaxReason);
  auto heap = std::make_unique<char[]>(element.size() + reason.size() + 1);
  std::copy(element.begin(), element.end(), heap.get());
  std::copy(reason.begin(), reason.end(), heap.get() + element.size());
  const QuarantinedView view{place, {heap.get(), element.size()}, {heap.get() + element.size(), reason.size()}, {}};
  out.heaps.push_back(std::move(heap));
  return view;
}

EventBatch without(EventBatch batch, std::size_t from, const std::vector<std::pair<std::size_t, Objection>>& refused) {
  EventBatch out;
  auto next = refused.begin();
  for (std::size_t i = from; i < batch.items.size(); ++i) {
    const EventBatch::Item item = batch.items[i];
    if (next != refused.end() && next->first == i) {
      add(out, quarantined(batch.events[item.index].place, (next++)->second, out));
    } else if (item.quarantined) {
      add(out, batch.quarantined[item.index]);
    } else {
      out.items.push_back({false, static_cast<std::uint32_t>(out.events.size())});
      out.events.push_back(batch.events[item.index]);
    }
  }
  out.attributes = std::move(batch.attributes);  // moving keeps their place in memory
  std::move(batch.heaps.begin(), batch.heaps.end(), std::back_inserter(out.heaps));
  return out;
}

}  // namespace

EventBatch checked(EventBatch batch, std::size_t from, const Validate& validate, const DocumentArrival& arrival) {
  std::vector<std::pair<std::size_t, Objection>> refused;
  for (std::size_t i = from; i < batch.items.size(); ++i) {
    if (batch.items[i].quarantined || !validate) continue;
    if (auto objection = validate(batch.events[batch.items[i].index], arrival))
      refused.emplace_back(i, std::move(*objection));
  }
  if (from == 0 && refused.empty()) return batch;
  return without(std::move(batch), from, refused);
}

}  // namespace vestitel
