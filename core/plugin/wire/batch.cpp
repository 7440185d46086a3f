#include "core/plugin/wire/batch.hpp"

#include <vestitel/abi.h>

#include <cstring>

#include "core/plugin/wire/frame.hpp"

namespace vestitel::wire {
namespace {

struct Counts {
  std::uint32_t items = 0, attributes = 0;
  std::uint64_t heap = 0;
};
static_assert(sizeof(Counts) == 16 && sizeof(vestitel_event) == 112 && sizeof(vestitel_attr) == 16 &&
              sizeof(vestitel_msg) == 96 && sizeof(vestitel_doubt) == 56);

// Never wraps: each factor is bounded before it is multiplied.
std::optional<std::size_t> size_of(const Counts& counts, std::size_t item) {
  if (counts.items > kMaxPayload / item || counts.attributes > kMaxPayload / sizeof(vestitel_attr) ||
      counts.heap > kMaxPayload)
    return std::nullopt;
  const std::size_t all =
      sizeof(Counts) + counts.items * item + counts.attributes * sizeof(vestitel_attr) + counts.heap;
  return all <= kMaxPayload ? std::optional(all) : std::nullopt;
}

char* put(char* at, const void* from, std::size_t size) {
  if (size > 0) std::memcpy(at, from, size);
  return at + size;
}

// The items in the size of ABI 1.0: what a younger plugin has appended is left out, and its size is told accordingly.
template <class Item>
char* put_items(char* at, const void* first, std::uint32_t stride, std::uint32_t count) {
  const auto* from = static_cast<const char*>(first);
  for (std::uint32_t i = 0; i < count; ++i, from += stride) {
    Item item;
    std::memcpy(&item, from, sizeof item);
    if (item.size > sizeof item) item.size = sizeof item;
    at = put(at, &item, sizeof item);
  }
  return at;
}

std::optional<Counts> counts_of(std::string_view bytes, std::size_t item) {
  Counts counts;
  if (bytes.size() < sizeof counts) return std::nullopt;
  std::memcpy(&counts, bytes.data(), sizeof counts);
  const auto size = size_of(counts, item);
  return size && *size == bytes.size() ? std::optional(counts) : std::nullopt;
}

Counts counts_of(const vestitel_batch& b) { return {b.count, b.attr_count, b.heap_len}; }
Counts counts_of(const vestitel_msg_batch& b) { return {b.count, 0, b.heap_len}; }
Counts counts_of(const vestitel_doubt_batch& b) { return {b.count, 0, b.heap_len}; }

// A batch without attributes: messages, doubts.
template <class Batch, class Item>
void put_flat(const Batch& batch, const Item* items, char* into) {
  const Counts counts = counts_of(batch);
  char* at = put(into, &counts, sizeof counts);
  at = put_items<Item>(at, items, batch.stride, batch.count);
  put(at, batch.heap, batch.heap_len);
}

template <class Batch, class Item>
std::optional<Batch> read_flat(std::string_view bytes, const Item* Batch::*items) {
  const auto counts = counts_of(bytes, sizeof(Item));
  if (!counts || counts->attributes != 0) return std::nullopt;
  const char* first = bytes.data() + sizeof(Counts);
  Batch batch{};
  batch.size = sizeof batch;
  batch.stride = sizeof(Item);
  batch.count = counts->items;
  batch.*items = reinterpret_cast<const Item*>(first);
  batch.heap = first + counts->items * sizeof(Item);
  batch.heap_len = counts->heap;
  return batch;
}

}  // namespace

std::optional<std::size_t> encoded_size(const vestitel_batch& batch) {
  return size_of(counts_of(batch), sizeof(vestitel_event));
}

void encode(const vestitel_batch& batch, char* into) {
  const Counts counts = counts_of(batch);
  char* at = put(into, &counts, sizeof counts);
  at = put_items<vestitel_event>(at, batch.events, batch.stride, batch.count);
  at = put(at, batch.attrs, batch.attr_count * sizeof(vestitel_attr));
  put(at, batch.heap, batch.heap_len);
}

std::optional<vestitel_batch> decode_events(std::string_view bytes) {
  const auto counts = counts_of(bytes, sizeof(vestitel_event));
  if (!counts) return std::nullopt;
  const char* events = bytes.data() + sizeof(Counts);
  const char* attributes = events + counts->items * sizeof(vestitel_event);
  vestitel_batch batch{};
  batch.size = sizeof batch;
  batch.stride = sizeof(vestitel_event);
  batch.count = counts->items;
  batch.attr_count = counts->attributes;
  batch.events = reinterpret_cast<const vestitel_event*>(events);
  batch.attrs = reinterpret_cast<const vestitel_attr*>(attributes);
  batch.heap = attributes + counts->attributes * sizeof(vestitel_attr);
  batch.heap_len = counts->heap;
  return batch;
}

std::optional<std::size_t> encoded_size(const vestitel_msg_batch& batch) {
  return size_of(counts_of(batch), sizeof(vestitel_msg));
}
void encode(const vestitel_msg_batch& batch, char* into) { put_flat(batch, batch.msgs, into); }
std::optional<vestitel_msg_batch> decode_messages(std::string_view bytes) {
  return read_flat(bytes, &vestitel_msg_batch::msgs);
}

std::optional<std::size_t> encoded_size(const vestitel_doubt_batch& batch) {
  return size_of(counts_of(batch), sizeof(vestitel_doubt));
}
void encode(const vestitel_doubt_batch& batch, char* into) { put_flat(batch, batch.doubts, into); }
std::optional<vestitel_doubt_batch> decode_doubts(std::string_view bytes) {
  return read_flat(bytes, &vestitel_doubt_batch::doubts);
}

}  // namespace vestitel::wire
