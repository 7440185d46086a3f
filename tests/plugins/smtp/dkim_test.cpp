// By the vectors of RFC 6376 and RFC 8463; what other implementations make of a signed mail stands in mail_e2e.py.
#include "plugins/sinks/common/dkim.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/plugins/pem.hpp"

namespace vestitel::mail::test {
namespace {

constexpr std::int64_t kNow = 1'528'637'909;

const std::string kHeaders =
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n";
const std::string kBody = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
const std::vector<std::string> kNames = {"from", "to", "subject", "date", "message-id", "from", "subject", "date"};

const std::string kEd25519Field =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=";
const std::string kRsaField =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=";

std::string from_base64(std::string_view text) {
  std::string out(text.size(), '\0');
  const int size =
      ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  REQUIRE(size >= 0);
  out.resize(static_cast<std::size_t>(size - std::count(text.begin(), text.end(), '=')));
  return out;
}

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

sinks::Key ed25519() {
  const std::string seed = from_base64("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");
  sinks::Key key(::EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size()));
  REQUIRE(key);
  return key;
}

sinks::Key rsa(unsigned bits) {
  sinks::Key key(::EVP_RSA_gen(bits));
  REQUIRE(key);
  return key;
}

bool verifies(EVP_PKEY* key, const EVP_MD* digest, const std::string& input, const std::string& signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
  REQUIRE(::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1);
  return ::EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(input), input.size()) == 1;
}

}  // namespace

TEST_CASE("headers and bodies are relaxed as RFC 6376, 3.4.5 has it", "[dkim]") {
  CHECK(relaxed_header("A: X\r\n") == "a:X");
  CHECK(relaxed_header("B : Y\t\r\n\tZ  \r\n") == "b:Y Z");
  CHECK(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n") == " C\r\nD E\r\n");
  CHECK(relaxed_header("Subject:\r\n") == "subject:");
  CHECK(relaxed_body("").empty());
  CHECK(relaxed_body("\r\n \t\r\n\r\n").empty());
  CHECK(relaxed_body("no end") == "no end\r\n");
  CHECK(relaxed_body("a\r\n\r\nb \r\n") == "a\r\n\r\nb\r\n");
}

TEST_CASE("the hash of a body is that of the published examples", "[dkim]") {
  CHECK(dkim_body_hash("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(dkim_body_hash(kBody) == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
}

TEST_CASE("Ed25519 signs RFC 8463's example byte for byte", "[dkim]") {
  const std::string input = dkim_signed_input(kHeaders, kNames, kEd25519Field);
  std::string hash(32, '\0');
  REQUIRE(::EVP_Digest(input.data(), input.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
                       ::EVP_sha256(), nullptr) == 1);
  std::string hex;
  for (const char c : hash) {
    for (const int half : {static_cast<unsigned char>(c) >> 4, c & 15}) hex += "0123456789abcdef"[half];
  }
  CHECK(hex == "48ce9a2c710ece1710ff156996b836a7f45470e43efe5643074d6e1690ed62e7");
  CHECK(dkim_signature(DkimAlgorithm::ed25519_sha256, *ed25519(), input) ==
        from_base64("/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
                    "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="));
}

TEST_CASE("RFC 8463's RSA example is a signature of what is put together here", "[dkim]") {
  const std::string der = from_base64(
      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91"
      "y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB");
  const unsigned char* at = bytes(der);
  const sinks::Key key(::d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  REQUIRE(key);
  const std::string signature = from_base64(
      "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2"
      "JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=");
  const std::string input = dkim_signed_input(kHeaders, kNames, kRsaField);
  CHECK(verifies(key.get(), ::EVP_sha256(), input, signature));
  CHECK_FALSE(verifies(key.get(), ::EVP_sha256(), input + ' ', signature));
}

TEST_CASE("what RSA signs, the key's public half verifies", "[dkim]") {
  const sinks::Key key = rsa(1024);
  const std::string input = dkim_signed_input(kHeaders, kNames, kRsaField);
  CHECK(verifies(key.get(), ::EVP_sha256(), input, dkim_signature(DkimAlgorithm::rsa_sha256, *key, input)));
}

TEST_CASE("of two headers of a name the lower is signed first, and an absent one adds nothing", "[dkim]") {
  const std::string headers = "Received: 1\r\nA: x\r\nReceived: 2\r\n folded\r\n";
  CHECK(dkim_signed_input(headers, {"received", "received", "received", "b"}, "D: ") ==
        "received:2 folded\r\nreceived:1\r\nd:");
}

TEST_CASE("what matters is signed, and the headers that a reader believes cannot be added to", "[dkim]") {
  const auto names = dkim_signed_names(
      kHeaders +
      "List-Unsubscribe: <https://a.test/>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-A: b\r\n");
  CHECK(names == std::vector<std::string>{"from", "from", "reply-to", "to", "to", "subject", "subject", "date", "date",
                                          "message-id", "message-id", "list-unsubscribe", "list-unsubscribe-post"});
}

TEST_CASE("a mail has a signature of each key, in short lines", "[dkim]") {
  std::vector<DkimKey> keys;
  keys.push_back({DkimAlgorithm::rsa_sha256, "r1", rsa(2048)});
  keys.push_back({DkimAlgorithm::ed25519_sha256, "e1", ed25519()});
  const DkimSigner signer("football.example.com", std::move(keys), 600);
  const std::string fields = signer.sign(kHeaders + "\r\n" + kBody, kNow);
  const std::size_t second = fields.find("\r\nDKIM-Signature: ") + 2;
  const auto starts_as = [&](std::size_t at, const std::string& algorithm, const std::string& selector) {
    return std::string_view(fields).substr(at).starts_with(
        "DKIM-Signature: v=1; a=" + algorithm + "; c=relaxed/relaxed;\r\n d=football.example.com;\r\n s=" + selector +
        ";\r\n t=1528637909; x=1528638509;\r\n h=from:from:reply-to:to:to:");
  };
  CHECK(starts_as(0, "rsa-sha256", "r1"));
  CHECK(starts_as(second, "ed25519-sha256", "e1"));
  CHECK(fields.find("; l=") == std::string::npos);
  CHECK(fields.ends_with("\r\n"));
  for (std::size_t at = 0; at < fields.size();) {
    const std::size_t end = fields.find("\r\n", at);
    CHECK(end - at <= 78);
    at = end + 2;
  }
  // As a verifier has it: the field without what is behind b=.
  const std::string field = fields.substr(second, fields.find("b=\r\n", second) + 2 - second);
  std::string encoded = fields.substr(second + field.size());
  std::erase_if(encoded, [](char c) { return c == ' ' || c == '\r' || c == '\n'; });
  const std::string input = dkim_signed_input(kHeaders, dkim_signed_names(kHeaders), field);
  CHECK(dkim_signature(DkimAlgorithm::ed25519_sha256, *ed25519(), input) == from_base64(encoded));
}

TEST_CASE("a key of another kind, or too short, is named as what it should be", "[dkim]") {
  const sinks::Key small = rsa(1023), least = rsa(1024), curve(::EVP_EC_gen("P-256")), edwards = ed25519();
  ::ERR_clear_error();  // of making them
  CHECK(dkim_key_fault(DkimAlgorithm::rsa_sha256, *least).empty());
  CHECK(dkim_key_fault(DkimAlgorithm::ed25519_sha256, *edwards).empty());
  for (EVP_PKEY* key : {small.get(), curve.get(), edwards.get()})
    CHECK(dkim_key_fault(DkimAlgorithm::rsa_sha256, *key) == "expected a private RSA key of 1024 to 4096 bits as PEM");
  for (EVP_PKEY* key : {least.get(), curve.get()})
    CHECK(dkim_key_fault(DkimAlgorithm::ed25519_sha256, *key) == "expected a private Ed25519 key as PEM");
  CHECK(sinks::private_key_of_pem(testing::pem_of(edwards.get())));
  CHECK_FALSE(sinks::private_key_of_pem("-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n"));
  CHECK(::ERR_peek_error() == 0);  // nothing is left that a TLS call could take for its own
}

}  // namespace vestitel::mail::test
