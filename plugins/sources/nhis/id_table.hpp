// What stands under an id. One block of memory, and mostly one line of it a look: a document has so many ids that
// each look at a map of nodes waits for memory several times, which was a twelfth of the time a message takes.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "id.hpp"

namespace nhis {

// Value{} says that nothing stands there, and is never entered. Grows by doubling; bounded by who enters.
template <class Value>
class IdTable {
 public:
  IdTable() = default;
  IdTable(const IdTable&) = delete;
  IdTable& operator=(const IdTable&) = delete;

  Value find(const Id& id) const { return slots_.empty() ? Value{} : slots_[slot_of(id)].value; }

  // This id will be looked for: memory may begin to bring it.
  void prefetch(const Id& id) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[home(id)]);
  }

  // Takes the place of what stood there.
  void enter(const Id& id, Value value) {
    if (slots_.empty() || used_ + 1 > slots_.size() / 4 * 3) grow();
    Slot& slot = slots_[slot_of(id)];
    if (slot.value == Value{}) ++used_;
    slot = {id, value};
  }

  void erase(const Id& id) {
    if (slots_.empty()) return;
    std::size_t hole = slot_of(id);
    if (slots_[hole].value == Value{}) return;
    --used_;
    // What was pushed behind the hole moves up, so that no search ends at it.
    for (std::size_t at = next(hole); slots_[at].value != Value{}; at = next(at)) {
      const std::size_t way = (at - home(slots_[at].id)) & (slots_.size() - 1);
      if (way < ((at - hole) & (slots_.size() - 1))) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
  }

  void clear() {
    slots_.clear();
    used_ = 0;
  }
  std::size_t size() const { return used_; }

 private:
  struct Slot {
    Id id;
    Value value{};
  };

  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  std::size_t home(const Id& id) const {
    return std::hash<std::string_view>()({id.bytes.data(), id.bytes.size()}) & (slots_.size() - 1);
  }

  // Where `id` stands, or would.
  std::size_t slot_of(const Id& id) const {
    std::size_t at = home(id);
    while (slots_[at].value != Value{} && !(slots_[at].id == id)) at = next(at);
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.value != Value{}) slots_[slot_of(slot.id)] = slot;
  }

  std::vector<Slot> slots_;  // a power of two of them, a quarter of them free
  std::size_t used_ = 0;
};

}  // namespace nhis
