#include "ledger.hpp"

#include <algorithm>

#include "event_writer.hpp"
#include "values.hpp"

namespace nhis {
namespace {

constexpr std::size_t kOverhead = 512;  // of a slip, beside its texts

std::size_t cost_of(const Slip& slip) {
  std::size_t cost = kOverhead + slip.kept.bytes.size();
  for (const Item& item : slip.items) cost += sizeof item + item.value.size() + item.text.size();
  return cost;
}

// A local number ties messages together where the sender issues the record, and where the system says so. A sender's
// correction may name any.
bool ties_local(const Slip& slip) {
  switch (slip.meaning->part) {
    case Part::open:
    case Part::issue:
    case Part::reply:
    case Part::fetched: return !slip.local.empty();
    default: return false;
  }
}

}  // namespace

void Ledger::add(Slip slip) {
  const Place entry = entry_of(slip);
  if (entry->steps.size() == kSteps || entry->cost > kKept / 2) {
    return quarantine(slip, names_of(entry->kind).noun, "has more messages than a record can have");
  }
  const std::size_t cost = cost_of(slip);
  entry->steps.push_back(std::move(slip));
  entry->cost += cost;
  kept_ += cost;
  last_ = entry;
  while (kept_ > kKept && entries_.size() > 1) settle_oldest();
}

void Ledger::take_back_last() {
  if (last_ == entries_.end() || last_->steps.empty()) return;
  const std::size_t cost = cost_of(last_->steps.back());
  last_->steps.pop_back();
  last_->cost -= cost;
  kept_ -= cost;
  last_ = entries_.end();
}

void Ledger::finish() {
  for (Entry& entry : entries_) settle(entry.kind, entry.steps, settings_, *this);
  index_.clear();
  entries_.clear();
  last_ = entries_.end();
  kept_ = 0;
}

Ledger::Place Ledger::entry_of(const Slip& slip) {
  const Kind kind = slip.meaning->kind;
  const Place none = entries_.end();
  const Place by_number = slip.number.empty() ? none : find(How::number, kind, slip.number);
  Place by_local = ties_local(slip) ? find(How::local, kind, slip.local) : none;
  // A local number that belongs to another record already ties nothing.
  if (by_local != none && !by_local->number.empty() && !slip.number.empty() && by_local->number != slip.number) {
    by_local = none;
  }
  Place entry = by_number;
  if (by_local != none && by_local != by_number) entry = join(by_local, by_number);
  if (entry == none) {
    entries_.emplace_back();
    ++records_;
    entry = std::prev(entries_.end());
    entry->kind = kind;
  }
  if (!slip.number.empty() && entry->number.empty()) enter(How::number, kind, entry->number = slip.number, entry);
  if (ties_local(slip) && entry->local.empty()) enter(How::local, kind, entry->local = slip.local, entry);
  return entry;
}

// The two turn out to be one record; it stays where the request stood.
Ledger::Place Ledger::join(Place by_local, Place by_number) {
  if (by_number == entries_.end()) return by_local;
  std::move(by_number->steps.begin(), by_number->steps.end(), std::back_inserter(by_local->steps));
  by_local->cost += by_number->cost;
  by_local->number = by_number->number;
  enter(How::number, by_local->kind, by_local->number, by_local);
  if (last_ == by_number) last_ = by_local;
  entries_.erase(by_number);
  --records_;
  return by_local;
}

Ledger::Place Ledger::find(How how, Kind kind, std::string_view id) {
  const auto found = index_.find(Key{id_of(id), how, kind});
  return found == index_.end() ? entries_.end() : found->second;
}

void Ledger::enter(How how, Kind kind, std::string_view id, Place entry) {
  index_[Key{id_of(id), how, kind}] = entry;
  if (how == How::number) numbered_[static_cast<std::size_t>(kind)] = true;
}

void Ledger::settle_oldest() {
  const Place oldest = entries_.begin();
  settle(oldest->kind, oldest->steps, settings_, *this);
  const auto forget = [&](How how, std::string_view id) {
    const auto found = index_.find(Key{id_of(id), how, oldest->kind});
    if (found != index_.end() && found->second == oldest) index_.erase(found);
  };
  forget(How::number, oldest->number);
  forget(How::local, oldest->local);
  kept_ -= oldest->cost;
  if (last_ == oldest) last_ = entries_.end();
  entries_.erase(oldest);
}

void Ledger::tell(std::string_view type, std::string_view key, const Slip& whole, std::uint16_t revision) {
  const auto foreign = [&](std::string_view number) { return of_another(number, whole.subject); };
  if (const char* reason = event_fault(whole)) return quarantine(whole, names_of(whole.meaning->kind).noun, reason);
  ++told_;
  write_event(type, key, whole, revision, foreign, out_);
}

void Ledger::quarantine(const Slip& slip, std::string_view element, std::string_view reason) {
  ++quarantined_;
  out_.quarantine(slip.kept.place, element, reason, slip.kept.bytes);
}

bool Ledger::of_another(std::string_view number, const Subject& subject) {
  if (!is_national_number(number)) return false;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (!numbered_[kind]) continue;
    const Place entry = find(How::number, static_cast<Kind>(kind), number);
    if (entry == entries_.end()) continue;
    for (const Slip& slip : entry->steps) {
      if (slip.subject.kind == 0 || slip.broken) continue;
      return slip.subject.kind != subject.kind || slip.subject.id != subject.id;
    }
  }
  return false;
}

}  // namespace nhis
