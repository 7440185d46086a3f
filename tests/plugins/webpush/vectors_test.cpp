// The printed examples of RFC 5869, 8188, 8291, 8292 and 7515, byte for byte.
#include <catch2/catch.hpp>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/webpush/content.hpp"
#include "plugins/sinks/webpush/vapid.hpp"
#include "tests/plugins/webpush/webpush_rig.hpp"

namespace vestitel::webpush::test {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

// Appendix A of RFC 8291.
constexpr char kSenderKey[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr char kSenderPoint[] =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
constexpr char kSalt[] = "DGv6ra1nlYgDCS1FRnbzlw";
constexpr char kPlain[] = "When I grow up, I want to be a watermelon";
constexpr char kBody[] =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_"
    "c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

}  // namespace

TEST_CASE("HKDF: case 1 of RFC 5869", "[webpush][vectors]") {
  CHECK(hkdf(from_hex("000102030405060708090a0b0c"), std::string(22, '\x0b'), from_hex("f0f1f2f3f4f5f6f7f8f9"), 42) ==
        from_hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
}

TEST_CASE("content coding: RFC 8188, 3.1", "[webpush][vectors]") {
  CHECK(to_base64url(body_of(bytes("I1BsxtFttlv3u_Oo94xnmw"), "", bytes("yqdlZ-tYemfogSmv7Ws5PQ"), "I am the walrus",
                             0)) == "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg");
}

// We never send two records, but the keys of both come from the same functions.
TEST_CASE("content coding: the two records of RFC 8188, 3.2", "[webpush][vectors]") {
  const std::string salt = bytes("uNCkWiNYzKTnBN9ji3-qWA");
  const ContentKeys keys = content_keys(salt, bytes("BO3ZVPxUlnLORbVGMpbT1Q"));
  std::string second_nonce = keys.nonce;
  second_nonce[11] = static_cast<char>(second_nonce[11] ^ 1);
  const std::string body = salt +
                           std::string(
                               "\0\0\0\x19\x02"
                               "a1",
                               7) +
                           gcm(keys.key, keys.nonce, std::string("I am th\x01\0", 9)) +
                           gcm(keys.key, second_nonce, "e walrus\x02");
  CHECK(to_base64url(body) ==
        "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA");
}

TEST_CASE("message encryption: each step of RFC 8291, appendix A", "[webpush][vectors]") {
  const Key own = private_key(kSenderKey), receiver = public_key(bytes(kBrowserPoint));
  REQUIRE(own);
  REQUIRE(receiver);
  const std::string own_point = point_of(*own), browser_point = point_of(*receiver);
  CHECK(to_base64url(own_point) == kSenderPoint);
  CHECK(to_base64url(browser_point) == kBrowserPoint);
  const Party sender{*own, own_point}, browser{*receiver, browser_point};
  CHECK(to_base64url(shared_secret(*own, *receiver)) == "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
  const std::string secret = agreed_secret(sender, browser, bytes(kBrowserAuth));
  CHECK(to_base64url(secret) == "S4lYMb_L0FxCeq0WhDx813KgSYqU26kOyzWUdsXYyrg");
  const ContentKeys keys = content_keys(bytes(kSalt), secret);
  CHECK(to_base64url(keys.key) == "oIhVW04MRdy2XN9CiKLxTg");
  CHECK(to_base64url(keys.nonce) == "4h_95klXJ5E_qnoN");
  const std::string exact = encrypt(kPlain, sender, browser, bytes(kBrowserAuth), bytes(kSalt), 144);
  CHECK(exact.size() == 144);  // the RFC prints 145
  CHECK(to_base64url(exact) == kBody);
}

TEST_CASE("a body has the asked size whatever its text, and a text beyond it is refused", "[webpush]") {
  const Key own = private_key(kSenderKey), receiver = public_key(bytes(kBrowserPoint));
  const std::string own_point = bytes(kSenderPoint), browser_point = bytes(kBrowserPoint);
  const Party sender{*own, own_point}, browser{*receiver, browser_point};
  const auto size_of = [&](std::size_t plain, std::size_t asked) {
    return encrypt(std::string(plain, 'x'), sender, browser, bytes(kBrowserAuth), bytes(kSalt), asked).size();
  };
  for (const std::size_t plain : {0U, 1U, 200U, 1945U}) CHECK(size_of(plain, 2048) == 2048);
  CHECK(size_of(1946, 2048) == 0);
  CHECK(size_of(3993, 4096) == 4096);
  CHECK(size_of(3994, 4096) == 0);
  CHECK(size_of(3994, 4097) == 0);  // no service has to take that
}

TEST_CASE("tokens: those of RFC 8292 and RFC 7515 verify, ours too, and a changed one does not", "[webpush][vectors]") {
  const std::string printed =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9."
      "eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im"
      "1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_"
      "HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvo"
      "D1oA";
  const std::string k = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
  CHECK(verifies(printed, bytes(k)));
  CHECK(verifies(
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
      "Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      '\x04' + bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU") +
          bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
  const Key key = private_key(kSenderKey);
  // Header and claims are those of the RFC to the letter; the signature is another each time.
  const std::string ours = make_token(*key, "https://push.example.net", "mailto:push@example.com", 1453523768);
  CHECK(ours.substr(0, ours.rfind('.')) == printed.substr(0, printed.rfind('.')));
  CHECK(verifies(ours, bytes(kSenderPoint)));
  CHECK_FALSE(verifies(ours, bytes(k)));
}

TEST_CASE("4,000 signatures are 64 bytes each and verify, the short ones too", "[webpush]") {
  const Key key = private_key(kSenderKey);
  const std::string point = point_of(*key);
  int padded = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string token = make_token(*key, "https://push.example.net", "mailto:push@example.com", i);
    const std::string signature = token.substr(token.rfind('.') + 1);
    REQUIRE(signature.size() == 86);
    const std::string raw = bytes(signature);
    padded += raw[0] == 0 || raw[32] == 0 ? 1 : 0;
    REQUIRE(verifies(token, point));
  }
  CHECK(padded > 0);  // about 31: DER leaves their zeros out
}

TEST_CASE("base64url: every length there and back, and nothing that is none", "[webpush]") {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    CHECK(from_base64url(to_base64url(all)) == all);
    all += static_cast<char>(255 - i);
  }
  CHECK(to_base64url("\xFB\xFF") == "-_8");
  CHECK(from_base64url("-_8=") == "\xFB\xFF");
  for (const char* bad : {"A", "+/8", "-_9", "-_8==", "-_ 8", "=", "====", "AA=A"}) CHECK_FALSE(from_base64url(bad));
}

TEST_CASE("private keys: PEM of both forms or 32 bytes, of this curve alone", "[webpush]") {
  const auto point = [](const std::string& text) {
    const Key key = private_key(text);
    return key ? to_base64url(point_of(*key)) : std::string("none");
  };
  CHECK(point(kSenderKey) == kSenderPoint);
  CHECK(point(std::string(" ") + kSenderKey + "\n") == kSenderPoint);
  CHECK(point(pem_of(kSenderKey, true)) == kSenderPoint);
  CHECK(point(pem_of(kSenderKey, false)) == kSenderPoint);
  CHECK(point(other_curve_pem()) == "none");
  CHECK(point(std::string(43, 'A')) == "none");                           // zero is no key
  CHECK(point("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE") == "none");  // nor the order of the curve
  CHECK(point("") == "none");
  CHECK(point("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") == "none");
}

}  // namespace vestitel::webpush::test
