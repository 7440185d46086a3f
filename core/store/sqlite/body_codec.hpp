// What was reported, as the bytes that are sealed into event.body: one tagged field after the other, tag (1), length
// (varint), text. The order is fixed, so that equal content gives equal bytes and the digest over them can tell a
// duplicate from a correction. The place in the document and the time of the report are no part of the content: they
// follow it, behind the digest. Nor is evidence; nor are of a state the day on which it was looked up, and its details.
#pragma once
#include <string>
#include <string_view>

#include "core/model/event.hpp"

namespace vestitel::sqlite {

struct EncodedBody {
  std::string bytes;        // content, then the rest
  std::size_t content = 0;  // length of the part that the digest covers
};

// Replaces what `out` held; the buffer is reused.
void encode_body(const EventView& event, EventType type, EncodedBody& out);

// Fills the fields of `event` that the body carries. False: the bytes are not a body.
bool decode_body(std::string_view bytes, Event& event);

// event.flags: what is known of an event without opening it.
int event_flags(const EventView& event);
void apply_flags(int flags, Event& event);

}  // namespace vestitel::sqlite
