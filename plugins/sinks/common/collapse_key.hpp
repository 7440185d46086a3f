// What makes a repeat take its first form's place, on the provider's side and on the screen.
#pragma once
#include <string>
#include <string_view>

namespace vestitel::sinks {

// 32 letters of base64url that tell nothing: of SHA-256 of the message's key, which is the same at every repeat. As
// long as the shortest field that holds such a key has room for: the Topic of Web Push.
std::string collapse_key(std::string_view idem_key);

}  // namespace vestitel::sinks
