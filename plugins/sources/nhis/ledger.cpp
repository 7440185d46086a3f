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

void Ledger::add(Slip&& slip) {
  Entry& entry = entry_of(slip);
  if (entry.steps.size() == kSteps || entry.cost > kKept / 2) {
    return quarantine(slip, names_of(entry.kind).noun.text(), "has more messages than a record can have");
  }
  const std::size_t cost = cost_of(slip);
  entry.steps.push_back(std::move(slip));
  entry.cost += cost;
  kept_ += cost;
  last_ = &entry;
  while (kept_ > kKept && entries_.size() > 1) settle_oldest();
}

void Ledger::take_back_last() {
  if (last_ == nullptr || last_->steps.empty()) return;
  const std::size_t cost = cost_of(last_->steps.back());
  last_->steps.pop_back();
  last_->cost -= cost;
  kept_ -= cost;
  last_ = nullptr;
}

void Ledger::finish() {
  for (Entry& entry : entries_) settle(entry.kind, entry.steps, settings_, *this);
  for (auto* tables : {&by_number_, &by_local_})
    for (auto& table : *tables) table.clear();
  entries_.clear();
  last_ = nullptr;
  kept_ = 0;
}

Ledger::Entry& Ledger::entry_of(const Slip& slip) {
  const Kind kind = slip.meaning->kind;
  std::optional<Id> number, local;
  if (!slip.number.empty()) number = id_of(slip.number);
  if (ties_local(slip)) local = id_of(slip.local);
  Entry* const by_number = number ? numbers(kind).find(*number) : nullptr;
  Entry* by_local = local ? locals(kind).find(*local) : nullptr;
  // A local number that belongs to another record already ties nothing.
  if (by_local != nullptr && by_local->number && number && by_local->number != number) by_local = nullptr;
  const bool two = by_local != nullptr && by_local != by_number;
  Entry& entry = two ? join(*by_local, by_number) : by_number != nullptr ? *by_number : begin_entry(kind);
  if (number && !entry.number) numbers(kind).enter(*(entry.number = number), &entry);
  if (local && !entry.local) locals(kind).enter(*(entry.local = local), &entry);
  return entry;
}

Ledger::Entry& Ledger::begin_entry(Kind kind) {
  ++records_;
  Entry& entry = entries_.emplace_back();
  entry.kind = kind;
  entry.self = std::prev(entries_.end());
  entry.steps.reserve(2);  // most are a request and its reply
  return entry;
}

// The two turn out to be one record; it stays where the request stood.
Ledger::Entry& Ledger::join(Entry& by_local, Entry* by_number) {
  if (by_number == nullptr) return by_local;
  std::move(by_number->steps.begin(), by_number->steps.end(), std::back_inserter(by_local.steps));
  by_local.cost += by_number->cost;
  by_local.number = by_number->number;
  numbers(by_local.kind).enter(*by_local.number, &by_local);
  if (last_ == by_number) last_ = &by_local;
  entries_.erase(by_number->self);
  --records_;
  return by_local;
}

void Ledger::settle_oldest() {
  Entry& oldest = entries_.front();
  settle(oldest.kind, oldest.steps, settings_, *this);
  const auto forget = [&](IdTable<Entry*>& table, const std::optional<Id>& id) {
    if (id && table.find(*id) == &oldest) table.erase(*id);
  };
  forget(numbers(oldest.kind), oldest.number);
  forget(locals(oldest.kind), oldest.local);
  kept_ -= oldest.cost;
  if (last_ == &oldest) last_ = nullptr;
  entries_.pop_front();
}

void Ledger::tell(std::string_view type, std::string_view key, const Slip& whole, std::uint16_t revision) {
  const auto foreign = [&](std::string_view number) { return of_another(number, whole.subject); };
  if (const char* reason = event_fault(whole))
    return quarantine(whole, names_of(whole.meaning->kind).noun.text(), reason);
  ++told_;
  write_event(type, key, whole, revision, foreign, out_);
}

void Ledger::quarantine(const Slip& slip, std::string_view element, std::string_view reason) {
  ++quarantined_;
  out_.quarantine(slip.kept.place, element, reason, slip.kept.bytes);
}

bool Ledger::of_another(std::string_view number, const Subject& subject) {
  if (!is_national_number(number)) return false;
  const Id id = id_of(number);
  for (const auto& table : by_number_) {
    const Entry* const entry = table.find(id);
    if (entry == nullptr) continue;
    for (const Slip& slip : entry->steps) {
      if (slip.subject.kind == 0 || slip.broken) continue;
      return slip.subject.kind != subject.kind || slip.subject.id != subject.id;
    }
  }
  return false;
}

}  // namespace nhis
