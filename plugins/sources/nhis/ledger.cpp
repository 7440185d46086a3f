#include "ledger.hpp"

#include <algorithm>

#include "event_writer.hpp"

namespace nhis {
namespace {

constexpr char kByNumber = '#', kByLocal = '@';
constexpr std::size_t kOverhead = 512;  // of a slip, beside its texts

std::string index_key(char how, Kind kind, const std::string& id) {
  return std::string{static_cast<char>('a' + static_cast<int>(kind)), how} + id;
}

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
  const Place by_number = slip.number.empty() ? none : find(kByNumber, kind, slip.number);
  Place by_local = ties_local(slip) ? find(kByLocal, kind, slip.local) : none;
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
  if (!slip.number.empty() && entry->number.empty()) enter(kByNumber, kind, entry->number = slip.number, entry);
  if (ties_local(slip) && entry->local.empty()) enter(kByLocal, kind, entry->local = slip.local, entry);
  return entry;
}

// The two turn out to be one record; it stays where the request stood.
Ledger::Place Ledger::join(Place by_local, Place by_number) {
  if (by_number == entries_.end()) return by_local;
  std::move(by_number->steps.begin(), by_number->steps.end(), std::back_inserter(by_local->steps));
  by_local->cost += by_number->cost;
  by_local->number = by_number->number;
  index_[index_key(kByNumber, by_local->kind, by_local->number)] = by_local;
  if (last_ == by_number) last_ = by_local;
  entries_.erase(by_number);
  --records_;
  return by_local;
}

Ledger::Place Ledger::find(char how, Kind kind, const std::string& id) {
  const auto found = index_.find(index_key(how, kind, id));
  return found == index_.end() ? entries_.end() : found->second;
}

void Ledger::enter(char how, Kind kind, const std::string& id, Place entry) {
  index_[index_key(how, kind, id)] = entry;
}

void Ledger::settle_oldest() {
  const Place oldest = entries_.begin();
  settle(oldest->kind, oldest->steps, settings_, *this);
  const auto forget = [&](char how, const std::string& id) {
    const auto found = index_.find(index_key(how, oldest->kind, id));
    if (found != index_.end() && found->second == oldest) index_.erase(found);
  };
  forget(kByNumber, oldest->number);
  forget(kByLocal, oldest->local);
  kept_ -= oldest->cost;
  if (last_ == oldest) last_ = entries_.end();
  entries_.erase(oldest);
}

void Ledger::tell(std::string_view type, std::string_view key, const Slip& whole, std::uint16_t revision) {
  const auto foreign = [&](const std::string& number) { return of_another(number, whole.subject); };
  if (const char* reason = event_fault(whole)) return quarantine(whole, names_of(whole.meaning->kind).noun, reason);
  ++told_;
  write_event(type, key, whole, revision, foreign, out_);
}

void Ledger::quarantine(const Slip& slip, std::string_view element, std::string_view reason) {
  ++quarantined_;
  out_.quarantine(slip.kept.place, element, reason, slip.kept.bytes);
}

bool Ledger::of_another(const std::string& number, const Subject& subject) {
  for (const Kind kind : {Kind::examination, Kind::referral, Kind::prescription, Kind::immunization, Kind::stay,
                          Kind::dental, Kind::notice}) {
    const Place entry = find(kByNumber, kind, number);
    if (entry == entries_.end()) continue;
    for (const Slip& slip : entry->steps) {
      if (slip.subject.kind == 0 || slip.broken) continue;
      return slip.subject.kind != subject.kind || slip.subject.id != subject.id;
    }
  }
  return false;
}

}  // namespace nhis
