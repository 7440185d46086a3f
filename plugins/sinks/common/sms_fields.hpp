// What may stand in the fields of an SMS, whichever protocol carries it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::sinks {

// E.164 with the plus sign: 5 to 15 digits, the first not 0. One number, never a list of them.
bool is_phone_number(std::string_view to);

// 1 to 11 letters, digits, space, '.' and '-' of ASCII: an alphanumeric sender as networks show it.
bool is_sender_name(std::string_view text);

// 1 to 15 digits, without a plus sign: a number or short code as a sender.
bool is_sender_number(std::string_view text);

// The text that is sent: nothing moved but what no phone shows; a tab becomes a space. None: not UTF-8, or control
// characters.
std::optional<std::string> sms_body(std::string_view body);

}  // namespace vestitel::sinks
