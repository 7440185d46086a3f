#include "plugins/sinks/smpp/compose.hpp"

#include <algorithm>
#include <cstdio>

#include "plugins/sinks/common/sms_fields.hpp"

namespace vestitel::smpp {
namespace {

using sinks::SmsAlphabet;
using sinks::SmsJoin;
using sinks::SmsText;

constexpr std::uint8_t kHasHeader = 0x40, kUcs2 = 8;
constexpr std::size_t kMaxShortMessage = 254;

// FNV-1a, folded: the same key, the same reference, in every build.
std::uint16_t reference_of(std::string_view key) {
  std::uint32_t hash = 2166136261U;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return static_cast<std::uint16_t>(hash ^ (hash >> 16));
}

std::string big_endian(std::uint16_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

// Relative time, section 7.1.1.2.
std::string validity_of(std::int64_t time_us) {
  if (time_us <= 0) return {};
  constexpr std::int64_t kMost = 99LL * 24 * 3600;
  const auto seconds = static_cast<long>(std::min(std::max<std::int64_t>(time_us / 1'000'000, 1), kMost));
  char text[32];
  std::snprintf(text, sizeof text, "0000%02ld%02ld%02ld%02ld000R", seconds / 86400, seconds / 3600 % 24,
                seconds / 60 % 60, seconds % 60);
  return text;
}

void put_text(Submit& submit, const Shape& shape, const SmsText& text, std::size_t i, std::uint16_t reference) {
  const std::size_t total = text.parts.size();
  submit.short_message = text.parts[i];
  if (submit.short_message.size() > kMaxShortMessage) {
    submit.tlvs[kMessagePayload] = std::move(submit.short_message);
    submit.short_message.clear();
  }
  if (total == 1) return;
  if (shape.join == SmsJoin::sar) {
    submit.tlvs[kSarReference] = big_endian(reference);
    submit.tlvs[kSarTotal] = std::string(1, static_cast<char>(total));
    submit.tlvs[kSarNumber] = std::string(1, static_cast<char>(i + 1));
    return;
  }
  submit.esm_class |= kHasHeader;
  submit.short_message.insert(0, sinks::sms_header(shape.join, reference, total, i + 1));
}

}  // namespace

Composed compose(const Shape& shape, std::string_view to, std::string_view body, std::string_view idem_key,
                 std::int64_t left_us) {
  if (!sinks::is_phone_number(to)) return {{}, "the address is not a number with its country code"};
  const auto cleaned = sinks::sms_body(body);
  if (!cleaned) return {{}, "the text is not UTF-8 or has control characters"};
  if (cleaned->empty()) return {{}, "the text is empty"};
  const auto text = sinks::sms_text(*cleaned, shape.join);
  if (!text || (shape.join != SmsJoin::payload && text->parts.size() > shape.most_parts))
    return {{}, "the text is longer than " + std::to_string(shape.most_parts) + " parts"};
  const std::uint16_t reference = reference_of(idem_key);
  std::int64_t validity = shape.validity_us;
  if (left_us > 0) validity = validity == 0 ? left_us : std::min(validity, left_us);
  Composed out;
  for (std::size_t i = 0; i < text->parts.size(); ++i) {
    Submit submit;
    submit.service_type = shape.service_type;
    submit.source = shape.source;
    submit.destination = {shape.destination_ton, shape.destination_npi, std::string(to.substr(1))};
    submit.data_coding = text->alphabet == SmsAlphabet::ucs2 ? kUcs2 : shape.gsm_coding;
    submit.validity = validity_of(validity);
    if (shape.reference) submit.tlvs[kUserMessageReference] = big_endian(reference);
    put_text(submit, shape, *text, i, reference);
    out.parts.push_back(submit_body(submit));
  }
  return out;
}

}  // namespace vestitel::smpp
