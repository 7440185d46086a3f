// A private key as a file holds it.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace vestitel::testing {

// PKCS#8, or the older form of its kind of key.
inline std::string pem_of(EVP_PKEY* key, bool pkcs8 = true) {
  const std::unique_ptr<BIO, decltype(&::BIO_free_all)> bio(::BIO_new(::BIO_s_mem()), ::BIO_free_all);
  if (pkcs8) {
    ::PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    ::PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace vestitel::testing
