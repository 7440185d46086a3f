// DKIM (RFC 6376, for Ed25519 RFC 8463): signatures over a finished mail, by which whoever gets it sees that the domain
// sent it and that nobody changed it. Always relaxed/relaxed, the whole body, SHA-256. Pure: keys and the time come in.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/common/private_key.hpp"

namespace vestitel::mail {

enum class DkimAlgorithm { rsa_sha256, ed25519_sha256 };

// Why `key` cannot sign by `algorithm`, as what was expected instead; empty: it can. RSA has 1024 (RFC 8301, 3.2) to
// 4096 bits.
std::string_view dkim_key_fault(DkimAlgorithm algorithm, evp_pkey_st& key);

struct DkimKey {
  DkimAlgorithm algorithm = DkimAlgorithm::rsa_sha256;
  std::string selector;  // s=: the public key stands in DNS at SELECTOR._domainkey.DOMAIN
  sinks::Key key;        // without a dkim_key_fault
};

class DkimSigner {
 public:
  // `domain`: d=, in A-labels. `lifetime_s`: how long a signature holds, as seconds above 0.
  DkimSigner(std::string domain, std::vector<DkimKey> keys, std::int64_t lifetime_s);

  // A DKIM-Signature header for each key, CRLF at its end, to stand above `message`, whose lines end in CRLF. t= is
  // `now_s` (seconds since 1970 UTC), x= that and the lifetime. Empty: OpenSSL cannot sign. [any]
  std::string sign(std::string_view message, std::int64_t now_s) const;

 private:
  std::string domain_;
  std::vector<DkimKey> keys_;
  std::int64_t lifetime_s_;
};

// The steps, each as the RFC names it.

// Section 3.4.2. `field` may be folded and may end in CRLF; what comes back has no CRLF at its end.
std::string relaxed_header(std::string_view field);
// Section 3.4.4. Every line of `body` but the last ends in CRLF.
std::string relaxed_body(std::string_view body);
// bh=: SHA-256 of the relaxed body in base64.
std::string dkim_body_hash(std::string_view body);
// h= of a header section: what this sink signs, in the order of RFC 6376, 5.4.1. From, Reply-To, To, Subject, Date and
// Message-ID are named once more than they stand there, so that nobody can add a second one.
std::vector<std::string> dkim_signed_names(std::string_view headers);
// Section 3.7: the named headers, the lowest of a name first, then `signature`: the DKIM-Signature with an empty b=.
std::string dkim_signed_input(std::string_view headers, const std::vector<std::string>& names,
                              std::string_view signature);
// b= as bytes. Empty: OpenSSL cannot sign.
std::string dkim_signature(DkimAlgorithm algorithm, evp_pkey_st& key, std::string_view input);

}  // namespace vestitel::mail
