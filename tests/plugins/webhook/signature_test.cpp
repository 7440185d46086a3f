#include "plugins/sinks/webhook/signature.hpp"

#include <catch2/catch.hpp>

namespace vestitel::webhook::test {
namespace {

constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kOlder = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek", kBody = R"({"test": 2432232314})";
constexpr std::int64_t kTime = 1'614'265'330;
const std::string kSigned = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string signed_with(std::string_view secrets) {
  const auto signer = Signer::create(secrets);
  REQUIRE(signer);
  return signer->sign(kId, kTime, kBody);
}

}  // namespace

TEST_CASE("the example of Standard Webhooks is signed as it stands there", "[webhook][signature]") {
  CHECK(signed_with(kSecret) == kSigned);
}

TEST_CASE("what is signed is the id, the time and each byte of the body", "[webhook][signature]") {
  const auto signer = Signer::create(kSecret);
  CHECK(signer->sign("msg_p5jXN8AQM9LWM0D4loKWxJel", kTime, kBody) != kSigned);
  CHECK(signer->sign(kId, kTime + 1, kBody) != kSigned);
  CHECK(signer->sign(kId, kTime, R"({"test":2432232314})") != kSigned);
}

TEST_CASE("while a secret changes there is a signature for each, the newest first", "[webhook][signature]") {
  const std::string older = signed_with(kOlder);
  CHECK(older != kSigned);
  for (const char* between : {" ", "\n", "\r\n", " \t \n"})
    CHECK(signed_with(std::string(kSecret) + between + std::string(kOlder) + "\n") == kSigned + " " + older);
  CHECK(signed_with(std::string(kOlder) + " " + std::string(kSecret)) == older + " " + kSigned);
}

TEST_CASE("a secret that could be read in two ways is none", "[webhook][signature]") {
  const std::string good(kSecret), eight = [] {
    std::string all;
    for (int i = 0; i < 8; ++i) all += std::string(kSecret) + " ";
    return all;
  }();
  CHECK(Signer::create(eight));
  const std::string bad[] = {"",
                             " \n",
                             "whsec_",
                             "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                             "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                             "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",               // cut
                             "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",              // a stranger
                             "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8=MfKQ",  // = inside
                             "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ=",              // 23 bytes
                             "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",  // loose bits
                             "whsec_" + std::string(88, 'A'),                       // 66 bytes
                             "whsec_" + std::string(400, 'A'),
                             good + " whsec_short",
                             good + "," + good,
                             eight + std::string(kSecret)};
  for (const std::string& secrets : bad) {
    CAPTURE(secrets);
    CHECK_FALSE(Signer::create(secrets));
  }
}

TEST_CASE("the id of several together tells which they are, and in which order", "[webhook][signature]") {
  CHECK(joint_id({"a", "b"}) == joint_id({"a", "b"}));
  CHECK(joint_id({"a", "b"}) != joint_id({"b", "a"}));
  CHECK(joint_id({"ab", "c"}) != joint_id({"a", "bc"}));
  CHECK(joint_id({"a", "b"}).size() == 38);
  CHECK(joint_id({"a", "b"}).find('.') == std::string::npos);
}

}  // namespace vestitel::webhook::test
