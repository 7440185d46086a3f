// Which idempotency keys have taken effect: the last N, oldest forgotten first. Keys of the running batch are pending
// until commit(), so that a batch that failed leaves no trace. About 24 bytes a key; nothing allocated after reserve.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vestitel::file_sink {

// 128 bits of a key: two keys that differ share them once in 10^38 times.
struct KeyHash {
  std::uint64_t a = 0, b = 0;
  friend bool operator==(const KeyHash& x, const KeyHash& y) { return x.a == y.a && x.b == y.b; }
};
KeyHash hash_key(std::string_view key);

class KeyIndex {
 public:
  enum class Found { added, pending, known };

  // Remembers the last `keys` committed ones, plus up to `batch` pending.
  KeyIndex(std::size_t keys, std::size_t batch);

  // Adds the key as pending, unless it is there. Not more than `batch` between two commits.
  Found add(const KeyHash& key);
  void commit();
  void rollback();
  bool has(const KeyHash& key) const { return slots_[slot_of(key)] != 0; }
  std::size_t size() const { return committed_; }

 private:
  std::size_t slot_of(const KeyHash& key) const;  // where it is, or the free slot where it belongs
  void erase_slot(std::size_t slot);
  std::size_t home(const KeyHash& key) const { return key.a & mask_; }

  const std::size_t limit_;
  std::vector<KeyHash> ring_;         // in order of arrival, from first_
  std::vector<std::uint32_t> slots_;  // open addressing: ring position + 1; 0: free
  std::size_t mask_;
  std::size_t first_ = 0, committed_ = 0, pending_ = 0;
};

}  // namespace vestitel::file_sink
