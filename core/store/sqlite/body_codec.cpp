#include "core/store/sqlite/body_codec.hpp"

#include <optional>

namespace vestitel::sqlite {
namespace {

enum Tag : char {  // stored: values never change
  kHead = 1,       // type and occurred, for the digest alone
  kDocumentNumber = 2,
  kFacility = 3,
  kPractitioner = 4,
  kAttributeKey = 5,
  kAttributeValue = 6,
  kReported = 7,
  kPlace = 8,
};

void put_varint(std::string& out, std::uint64_t n) {
  while (n >= 0x80) {
    out += static_cast<char>(n | 0x80);
    n >>= 7;
  }
  out += static_cast<char>(n);
}

void put(std::string& out, Tag tag, std::string_view text) {
  out += tag;
  put_varint(out, text.size());
  out += text;
}

void put_numbers(std::string& out, Tag tag, std::initializer_list<std::uint64_t> numbers) {
  std::string text;
  for (const auto n : numbers) put_varint(text, n);
  put(out, tag, text);
}

std::optional<std::uint64_t> take_varint(std::string_view& in) {
  std::uint64_t n = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    n |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return n;
  }
  return std::nullopt;
}

// Zigzag, so that dates before 1970 stay short.
std::uint64_t fold(std::int64_t n) { return static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63); }
std::int64_t unfold(std::uint64_t n) { return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1); }

bool apply(Tag tag, std::string_view text, Event& event) {
  switch (tag) {
    case kHead: return true;
    case kDocumentNumber: event.document_number = text; return true;
    case kFacility: event.facility = text; return true;
    case kPractitioner: event.practitioner = text; return true;
    case kAttributeKey: event.attributes.emplace_back(text, ""); return true;
    case kAttributeValue:
      if (event.attributes.empty()) return false;
      event.attributes.back().second = text;
      return true;
    case kReported:
      if (const auto n = take_varint(text)) event.reported = from_micros(unfold(*n));
      return true;
    case kPlace: {
      const auto line = take_varint(text);
      const auto column = take_varint(text);
      const auto byte = take_varint(text);
      if (!byte) return false;
      event.place = {static_cast<std::uint32_t>(*line), static_cast<std::uint32_t>(*column), *byte};
      return true;
    }
  }
  return true;  // a field of a newer program
}

}  // namespace

namespace {

enum Flag : int {  // stored: values never change
  kOccurredDateOnly = 1,
  kReportedDateOnly = 2,
  kOtherPayer = 4,
  kConfidential = 8,
};

}  // namespace

int event_flags(const EventView& event) {
  const EventPolicy policy = policy_of(event.attributes);
  return (event.occurred_date_only ? kOccurredDateOnly : 0) | (event.reported_date_only ? kReportedDateOnly : 0) |
         (policy.other_payer ? kOtherPayer : 0) | (policy.confidential ? kConfidential : 0);
}

void apply_flags(int flags, Event& event) {
  event.occurred_date_only = (flags & kOccurredDateOnly) != 0;
  event.reported_date_only = (flags & kReportedDateOnly) != 0;
  event.policy = {(flags & kOtherPayer) != 0, (flags & kConfidential) != 0};
}

template <class Chosen>
void put_attributes(std::string& out, const EventView& event, Chosen&& chosen) {
  for (const Attribute& attribute : event.attributes) {
    if (!chosen(attribute.key)) continue;
    put(out, kAttributeKey, attribute.key);
    put(out, kAttributeValue, attribute.value);
  }
}

void encode_body(const EventView& event, EventType type, EncodedBody& out) {
  out.bytes.clear();
  const bool state = is_state(type);
  put_numbers(out.bytes, kHead, {static_cast<std::uint64_t>(type), fold(state ? 0 : event.occurred_us)});
  if (!event.document_number.empty()) put(out.bytes, kDocumentNumber, event.document_number);
  if (!event.facility.empty()) put(out.bytes, kFacility, event.facility);
  if (!event.practitioner.empty()) put(out.bytes, kPractitioner, event.practitioner);
  const auto beside = [&](std::string_view key) { return is_evidence(key) || (state && is_detail_of_state(key)); };
  put_attributes(out.bytes, event, [&](std::string_view key) { return !beside(key); });
  out.content = out.bytes.size();
  put_attributes(out.bytes, event, beside);
  put_numbers(out.bytes, kReported, {fold(event.reported_us)});
  put_numbers(out.bytes, kPlace, {event.place.line, event.place.column, event.place.byte});
}

bool decode_body(std::string_view bytes, Event& event) {
  while (!bytes.empty()) {
    const auto tag = static_cast<Tag>(bytes.front());
    bytes.remove_prefix(1);
    const auto length = take_varint(bytes);
    if (!length || *length > bytes.size()) return false;
    if (!apply(tag, bytes.substr(0, *length), event)) return false;
    bytes.remove_prefix(*length);
  }
  return true;
}

}  // namespace vestitel::sqlite
