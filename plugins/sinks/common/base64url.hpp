// Base64 with the URL's alphabet and without padding (RFC 7515, appendix C), as push writes keys, salts and tokens.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vestitel::sinks {

std::string to_base64url(std::string_view bytes);

// The bytes of `text`. Padding may stand at the end, as some browsers once wrote it; none when it holds another
// character or bits that belong to no byte.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace vestitel::sinks
