// A text as the parts of an SMS: its alphabet, and where it is cut. A part holds 140 bytes: 160 characters of the GSM
// alphabet or 70 units of UCS-2, fewer where each part says which one it is. There is no table for Cyrillic, so that
// one Cyrillic letter, typographic quote or long dash turns 160 into 70.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::sinks {

enum class SmsAlphabet { gsm, ucs2 };

// How the parts of a long text say that they belong together. `payload` leaves the cutting to the centre.
enum class SmsJoin { udh8, udh16, sar, payload };

struct SmsText {
  SmsAlphabet alphabet = SmsAlphabet::gsm;
  // Without headers: GSM as one septet an octet, UCS-2 in big endian. Never empty; an empty text is one empty part.
  std::vector<std::string> parts;
};

inline constexpr std::size_t kMaxSmsParts = 255;

// None: not UTF-8, or more than 255 parts. Between two parts stands no half of a character: not of a surrogate pair, an
// escape pair, or a letter and its combining marks (unless those alone are longer than a part).
std::optional<SmsText> sms_text(std::string_view utf8, SmsJoin join);

// The user data header of part `number` (from 1) of `total`: udh8 and udh16 only, else empty.
std::string sms_header(SmsJoin join, std::uint16_t reference, std::size_t total, std::size_t number);

}  // namespace vestitel::sinks
