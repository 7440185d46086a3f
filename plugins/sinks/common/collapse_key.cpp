#include "plugins/sinks/common/collapse_key.hpp"

#include <openssl/sha.h>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/openssl.hpp"

namespace vestitel::sinks {

std::string collapse_key(std::string_view idem_key) {
  constexpr std::size_t kBytes = 24;
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(bytes_of(idem_key), idem_key.size(), bytes_of(digest));
  return to_base64url(std::string_view(digest).substr(0, kBytes));
}

}  // namespace vestitel::sinks
