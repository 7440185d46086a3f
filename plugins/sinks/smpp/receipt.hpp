// What a centre says later of a message: read from the TLVs or from the text of a deliver_sm, whichever there are.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/smpp/pdu.hpp"

namespace vestitel::smpp {

struct Receipt {
  std::vector<std::string> ids;  // of the TLV, then of the text: they may be two forms of one
  std::uint8_t state = 0;        // message_state
  std::string error;             // the centre's own code, or empty
  std::string done;              // YYMMDDhhmm[ss] by the centre's clock, or empty
};

// None: a text of a person, or nothing that names a message.
std::optional<Receipt> read_receipt(const Delivered& delivered);

// YYMMDDhhmm[ss] as microseconds since 1970, `offset_minutes` east of UTC: the end of the minute or second that it
// names, or an address of that very minute would seem to be newer than its end. None: no date.
std::optional<std::int64_t> date_us(std::string_view text, int offset_minutes);

// How a centre may spell one id in two ways. Each can be switched off.
struct Spellings {
  bool folded_case = true, stripped_zeros = true, hex_decimal = true;
};

// The forms under which an id is kept and looked for, the surest first; two ids are one message where `kept` of one and
// `sought` of the other have the same form. Forms of different kinds are never equal.
std::vector<std::string> kept_forms(std::string_view id, const Spellings& spellings);
std::vector<std::string> sought_forms(std::string_view id, const Spellings& spellings);

// What the hub knows a message by whose parts were taken under these ids. It names no single part of several. Empty:
// the centre gave no id.
std::string provider_id(const std::vector<std::string>& parts);

}  // namespace vestitel::smpp
