// What the sinks of push share: signed tokens, keeping them, the key that collapses repeats.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/common/collapse_key.hpp"
#include "plugins/sinks/common/jwt.hpp"
#include "plugins/sinks/common/openssl.hpp"
#include "plugins/sinks/common/token_shelf.hpp"

namespace vestitel::sinks::test {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kSecond = 1'000'000;

// By OpenSSL's verification, of an RSA signature.
bool verifies(EVP_PKEY& key, const std::string& token) {
  const std::size_t dot = token.rfind('.');
  const std::string signature = from_base64url(token.substr(dot + 1)).value();
  const std::unique_ptr<EVP_MD_CTX, Freed<::EVP_MD_CTX_free>> context(::EVP_MD_CTX_new());
  return ::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr, &key) == 1 &&
         ::EVP_DigestVerify(context.get(), bytes_of(std::string_view(signature)), signature.size(), bytes_of(token),
                            dot) == 1;
}

// Tokens of ten seconds, which are made anew after six.
struct Shelf {
  std::string get(std::int64_t at_s, const std::string& name = "a") {
    return shelf.get(name, at_s * kSecond, [&]() -> std::optional<FreshToken> {
      ++asked;
      if (down) return std::nullopt;
      return FreshToken{"t" + std::to_string(++made), seconds(6), seconds(10)};
    });
  }
  TokenShelf shelf;
  int asked = 0, made = 0;
  bool down = false;
};

}  // namespace

TEST_CASE("the kind of the key says how a token is signed", "[tokens]") {
  const Key rsa(EVP_RSA_gen(2048U)), curve(::EVP_EC_gen("P-256")), other(::EVP_EC_gen("P-384")),
      small(EVP_RSA_gen(1024U));
  CHECK(is_rsa_key(*rsa));
  CHECK_FALSE(is_rsa_key(*small));
  CHECK_FALSE(is_rsa_key(*curve));
  CHECK(is_p256_key(*curve));
  CHECK_FALSE(is_p256_key(*other));
  CHECK_FALSE(is_p256_key(*rsa));
  const std::string token = make_jwt(*rsa, "id \"1\"", R"({"iat":1})");
  const std::size_t dot = token.find('.');
  CHECK(from_base64url(token.substr(0, dot)) == R"({"typ":"JWT","alg":"RS256","kid":"id \"1\""})");
  CHECK(from_base64url(token.substr(dot + 1, token.rfind('.') - dot - 1)) == R"({"iat":1})");
  CHECK(verifies(*rsa, token));
  CHECK_FALSE(verifies(*Key(EVP_RSA_gen(2048U)), token));
  for (int i = 0; i < 300; ++i) {  // of signatures in DER some are shorter
    const std::string of_curve = make_jwt(*curve, "", "{}");
    REQUIRE(of_curve.substr(0, of_curve.find('.')) == to_base64url(R"({"typ":"JWT","alg":"ES256"})"));
    REQUIRE(of_curve.size() - of_curve.rfind('.') - 1 == 86);
  }
  CHECK(make_jwt(*other, "", "{}").empty());
}

TEST_CASE("a token is kept until its renewal is due, and made once however many wait", "[tokens]") {
  Shelf all;
  CHECK(all.get(100) == "t1");
  CHECK(all.get(105) == "t1");
  CHECK(all.get(105, "b") == "t2");
  CHECK(all.get(106) == "t3");
  CHECK(all.get(104) == "t4");  // the clock was set back
  all.shelf.forget("a");
  CHECK(all.get(105) == "t5");
  CHECK(all.get(105, "b") == "t2");
  TokenShelf shelf;
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n)
        shelf.get("a", kSecond, [&] {
          ++made;
          std::this_thread::yield();
          return std::optional(FreshToken{"t", seconds(6), seconds(10)});
        });
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(made == 1);
}

TEST_CASE("where no token can be made, the one before serves until its end", "[tokens]") {
  Shelf all;
  all.down = true;
  CHECK(all.get(0).empty());
  all.down = false;
  CHECK(all.get(1) == "t1");
  all.down = true;
  CHECK(all.get(7) == "t1");
  CHECK(all.get(8) == "t1");
  CHECK(all.asked == 3);  // the next try is half a minute off
  CHECK(all.get(10) == "t1");
  CHECK(all.get(11).empty());
  CHECK(all.get(12).empty());
  CHECK(all.asked == 5);
}

TEST_CASE("a collapse key has 32 letters, the same for the same message", "[tokens]") {
  CHECK(collapse_key("k") == collapse_key("k"));
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.insert(collapse_key("k" + std::to_string(i)));
    REQUIRE(collapse_key(std::to_string(i)).size() == 32);
  }
  CHECK(keys.size() == 1000);
}

}  // namespace vestitel::sinks::test
