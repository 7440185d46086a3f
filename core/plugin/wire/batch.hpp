// Batches as bytes: the structs of vestitel/abi.h one after the other, in the size of ABI 1.0, so that the receiver
// looks at them where they lie.
//
//   events    u32 count, u32 attributes, u64 heap, then the events (112 bytes each), the attributes (16), the heap
//   messages  u32 count, u32 0,          u64 heap, then the messages (96 bytes each), the heap
//   doubts    u32 count, u32 0,          u64 heap, then the doubts (56 bytes each), the heap
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

struct vestitel_batch;
struct vestitel_msg_batch;
struct vestitel_doubt_batch;

namespace vestitel::wire {

// How many bytes the batch takes; nothing when one of its counts is beyond what a frame holds.
std::optional<std::size_t> encoded_size(const vestitel_batch& batch);
void encode(const vestitel_batch& batch, char* into);  // into: encoded_size() bytes
// The batch in these bytes, borrowed; its spans are not checked. Nothing: the bytes and the counts do not agree.
// `bytes` begins at a multiple of 8.
std::optional<vestitel_batch> decode_events(std::string_view bytes);

std::optional<std::size_t> encoded_size(const vestitel_msg_batch& batch);
void encode(const vestitel_msg_batch& batch, char* into);
std::optional<vestitel_msg_batch> decode_messages(std::string_view bytes);

std::optional<std::size_t> encoded_size(const vestitel_doubt_batch& batch);
void encode(const vestitel_doubt_batch& batch, char* into);
std::optional<vestitel_doubt_batch> decode_doubts(std::string_view bytes);

}  // namespace vestitel::wire
