// How a value is written into a place, and read out of one.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vestitel::sms_http {

// RFC 3986: letters, digits and - . _ ~ stay, every other byte becomes %XX.
std::string percent_encoded(std::string_view text);

using Pairs = std::vector<std::pair<std::string, std::string>>;

// a=b&c=d of application/x-www-form-urlencoded; '+' is a space, a wrong escape stays as it is. None: more than 100
// pairs.
std::optional<Pairs> form_pairs(std::string_view text);

std::string base64(std::string_view bytes);

// UTF-16 in big endian, as hexadecimal digits. `utf8` is well-formed.
std::string utf16_hex(std::string_view utf8);

}  // namespace vestitel::sms_http
