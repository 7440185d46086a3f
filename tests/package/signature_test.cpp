#include "core/plugin/package/signature.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/package/package_rig.hpp"

namespace vestitel::test {

// RFC 8032, section 7.1, test 2.
TEST_CASE("signatures are those of RFC 8032", "[package]") {
  const auto seed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const SecretKey key(as_octets(*seed));
  CHECK(to_hex(public_of(key).bytes) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Signature signature = sign(key, "\x72");
  CHECK(to_hex(signature) ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  CHECK(verifies(public_of(key), "\x72", as_text(signature)));
}

TEST_CASE("a signature holds for its message, its key and its length alone", "[package]") {
  SeededRandom random(1);
  const SecretKey key = SecretKey::random(random), other = SecretKey::random(random);
  const Signature signature = sign(key, "message");
  std::string text(as_text(signature));
  CHECK(verifies(public_of(key), "message", text));
  CHECK_FALSE(verifies(public_of(other), "message", text));
  CHECK_FALSE(verifies(public_of(key), "messagf", text));
  CHECK_FALSE(verifies(public_of(key), "", text));
  CHECK_FALSE(verifies(public_of(key), "message", text.substr(1)));
  CHECK_FALSE(verifies(public_of(key), "message", text + "x"));
  CHECK_FALSE(verifies(public_of(key), "message", ""));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    CAPTURE(i);
    CHECK_FALSE(verifies(public_of(key), "message", bad));
  }
}

TEST_CASE("keys come back from their files", "[package]") {
  SeededRandom random(1);
  const SecretKey key = SecretKey::random(random);
  CHECK(*parse_public_pem(to_pem(public_of(key))) == public_of(key));
  const auto back = parse_private_pem(private_pem(key));
  REQUIRE(back.ok());
  CHECK(public_of(*back) == public_of(key));
}

TEST_CASE("a file that holds no such key is refused", "[package]") {
  SeededRandom random(1);
  const SecretKey key = SecretKey::random(random);
  CHECK(reason(parse_public_pem("")) == "bad-key");
  CHECK(reason(parse_public_pem(private_pem(key))) == "bad-key");
  CHECK(reason(parse_private_pem(to_pem(public_of(key)))) == "bad-key");
  std::string cut = private_pem(key);
  CHECK(reason(parse_private_pem(cut.substr(0, cut.size() / 2))) == "bad-key");
}

TEST_CASE("a private key that others may read is refused", "[package]") {
  SeededRandom random(1);
  TempFolder folder;
  const SecretKey key = SecretKey::random(random);
  write_file(folder / "k", private_pem(key));
  ::chmod((folder / "k").c_str(), 0600);
  CHECK(reason(read_private_key(folder / "k")) == "");
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ::chmod((folder / "k").c_str(), mode);
    CHECK(reason(read_private_key(folder / "k")) == "bad-key");
  }
}

TEST_CASE("hex is lower case and whole", "[package]") {
  CHECK(*from_hex("00ff10") == std::string("\x00\xff\x10", 3));
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("FF"));
  CHECK_FALSE(from_hex("0g"));
}

}  // namespace vestitel::test
