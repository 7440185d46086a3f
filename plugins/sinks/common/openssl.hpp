// What every use of OpenSSL needs: to free what it hands out, and to see text as its bytes.
#pragma once
#include <string>
#include <string_view>

namespace vestitel::sinks {

// std::unique_ptr<BIGNUM, Freed<::BN_free>>
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};

inline unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace vestitel::sinks
