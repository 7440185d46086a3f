// A plugin's batch of events as a batch of ours: checked once, copied once, then trusted.
#pragma once
#include <cstddef>
#include <cstdint>

#include "core/base/result.hpp"
#include "core/model/event.hpp"

struct vestitel_batch;

namespace vestitel {

// What a batch may hold; more is a broken contract.
inline constexpr std::uint32_t kMaxBatchEvents = 65'536;
inline constexpr std::uint32_t kMaxBatchAttributes = 1'048'576;
inline constexpr std::uint64_t kMaxBatchHeap = 16UL * 1024 * 1024;
inline constexpr std::uint32_t kMaxStride = 4'096;

// Whether the counts of a batch lie within these bounds and its blocks are there.
Result<> check_batch_shape(const vestitel_batch& batch);

// kInvalid: the batch breaks the contract (a span outside the heap, a count or stride out of bounds). An event that
// is well formed but means nothing here (an unknown identifier type or revision, a flag that must be understood)
// becomes a quarantined record at its place. Whether texts are UTF-8 is left to validation. `reported_us` stands
// where an event does not say when it was reported.
Result<EventBatch> copy_batch(const vestitel_batch& batch, std::int64_t reported_us);

// Appends one quarantined record with its own copy of the texts; element and reason are made safe, bytes cut.
inline constexpr std::size_t kMaxQuarantinedBytes = 64UL * 1024;
void append_quarantined(EventBatch& batch, Place place, std::string_view element, std::string_view reason,
                        std::string_view bytes);

}  // namespace vestitel
