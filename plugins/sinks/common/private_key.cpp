#include "plugins/sinks/common/private_key.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <limits>

#include "plugins/sinks/common/openssl.hpp"

namespace vestitel::sinks {
namespace {

// What fails here is told by the return value: an error that stays in the thread's queue would be taken for one of the
// next TLS call.
class QuietErrors {
 public:
  QuietErrors() { ::ERR_set_mark(); }
  ~QuietErrors() { ::ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

}  // namespace

void KeyFree::operator()(evp_pkey_st* key) const { ::EVP_PKEY_free(key); }

Key private_key_of_pem(std::string_view pem) {
  if (pem.size() > std::numeric_limits<int>::max()) return {};
  const QuietErrors quiet;
  const std::unique_ptr<BIO, Freed<::BIO_free_all>> bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const auto no_password = [](char*, int, int, void*) { return 0; };
  return Key(bio ? ::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
}

bool has_sound_numbers(evp_pkey_st& key) {
  const QuietErrors quiet;
  const std::unique_ptr<EVP_PKEY_CTX, Freed<::EVP_PKEY_CTX_free>> context(::EVP_PKEY_CTX_new(&key, nullptr));
  return context && ::EVP_PKEY_check(context.get()) == 1;
}

}  // namespace vestitel::sinks
