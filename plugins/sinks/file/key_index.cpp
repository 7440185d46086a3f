#include "plugins/sinks/file/key_index.hpp"

#include <bit>
#include <cstring>

namespace vestitel::file_sink {
namespace {

__extension__ using Wide = unsigned __int128;

// Multiply and fold, as wyhash does: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t x, std::uint64_t y) {
  const Wide product = static_cast<Wide>(x) * y;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::uint64_t kSeedA = 0xa0761d6478bd642fULL, kSeedB = 0xe7037ed1a0b428dbULL;
constexpr std::uint64_t kStep = 0x8ebc6af09c88c6e3ULL, kEnd = 0x589965cc75374cc3ULL;

}  // namespace

KeyHash hash_key(std::string_view key) {
  KeyHash h{kSeedA ^ key.size(), kSeedB};
  const std::size_t size = key.size();
  while (!key.empty()) {
    std::uint64_t word = 0;
    const std::size_t n = key.size() < 8 ? key.size() : 8;
    std::memcpy(&word, key.data(), n);
    h.a = mix(h.a ^ word, kStep);
    h.b = mix(h.b + word, kEnd) ^ std::rotl(h.b, 23);
    key.remove_prefix(n);
  }
  return {mix(h.a ^ size, kEnd), mix(h.b ^ size, kSeedA)};
}

KeyIndex::KeyIndex(std::size_t keys, std::size_t batch)
    : limit_(keys), ring_(keys + batch), slots_(std::bit_ceil((keys + batch) * 2)), mask_(slots_.size() - 1) {}

std::size_t KeyIndex::slot_of(const KeyHash& key) const {
  std::size_t slot = home(key);
  while (slots_[slot] != 0 && !(ring_[slots_[slot] - 1] == key)) slot = (slot + 1) & mask_;
  return slot;
}

KeyIndex::Found KeyIndex::add(const KeyHash& key) {
  const std::size_t slot = slot_of(key);
  if (slots_[slot] != 0) {
    const std::size_t age = (slots_[slot] - 1 + ring_.size() - first_) % ring_.size();
    return age < committed_ ? Found::known : Found::pending;
  }
  const std::size_t at = (first_ + committed_ + pending_++) % ring_.size();
  ring_[at] = key;
  slots_[slot] = static_cast<std::uint32_t>(at + 1);
  return Found::added;
}

// Closes the gap, so that no look-up stops before a key that was pushed further on.
void KeyIndex::erase_slot(std::size_t slot) {
  std::size_t next = slot;
  for (;;) {
    next = (next + 1) & mask_;
    if (slots_[next] == 0) break;
    const std::size_t wanted = home(ring_[slots_[next] - 1]);
    if (((next - wanted) & mask_) < ((next - slot) & mask_)) continue;
    slots_[slot] = slots_[next];
    slot = next;
  }
  slots_[slot] = 0;
}

void KeyIndex::commit() {
  committed_ += pending_;
  pending_ = 0;
  for (; committed_ > limit_; --committed_) {
    erase_slot(slot_of(ring_[first_]));
    first_ = (first_ + 1) % ring_.size();
  }
}

void KeyIndex::rollback() {
  for (; pending_ > 0; --pending_) erase_slot(slot_of(ring_[(first_ + committed_ + pending_ - 1) % ring_.size()]));
}

}  // namespace vestitel::file_sink
