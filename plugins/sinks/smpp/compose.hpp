// A message as the bodies of submit_sm: pure. What of it may not stand in a field is refused here.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/common/sms_text.hpp"
#include "plugins/sinks/smpp/pdu.hpp"

namespace vestitel::smpp {

struct Shape {
  Party source;
  std::uint8_t destination_ton = 1, destination_npi = 1;
  std::string service_type;
  sinks::SmsJoin join = sinks::SmsJoin::udh8;
  std::size_t most_parts = 3;
  std::uint8_t gsm_coding = 0;
  bool reference = true;  // user_message_reference: our key, in 16 bits
  std::int64_t validity_us = 0;
};

struct Composed {
  std::vector<std::string> parts;
  std::string error;  // why there are none; holds nothing of the message
};

// `to`: E.164 with the plus sign. The parts of one message have the same reference at every repeat, so that a phone
// that has some of them takes no two of one kind. `left_us`: until the message is worthless, 0: never.
Composed compose(const Shape& shape, std::string_view to, std::string_view body, std::string_view idem_key,
                 std::int64_t left_us);

}  // namespace vestitel::smpp
