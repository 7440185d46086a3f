// Addresses come from whoever subscribes: what is taken, what is refused, and whom the sink calls.
#include <catch2/catch.hpp>

#include "plugins/sinks/webpush/services.hpp"
#include "plugins/sinks/webpush/subscription.hpp"
#include "plugins/sinks/webpush/vapid.hpp"
#include "tests/plugins/webpush/webpush_rig.hpp"

namespace vestitel::webpush::test {
namespace {

constexpr char kEndpoint[] = "https://fcm.googleapis.com/fcm/send/abc:DEF-1_2";

// What is wrong with it; "": nothing.
std::string problem_of(const std::string& json) {
  std::string problem;
  const auto parsed = parse_subscription(json, problem);
  CHECK(parsed.has_value() == problem.empty());
  return problem;
}

std::string origin_of(const std::string& url) {
  const auto endpoint = parse_endpoint(url);
  return endpoint ? endpoint->origin + " " + endpoint->path : "none";
}

}  // namespace

TEST_CASE("a subscription is taken as a browser writes it", "[webpush][subscription]") {
  std::string problem;
  const auto parsed = parse_subscription(subscription(kEndpoint), problem);
  REQUIRE(parsed);
  CHECK(parsed->endpoint.origin == "https://fcm.googleapis.com");
  CHECK(parsed->endpoint.path == "/fcm/send/abc:DEF-1_2");
  CHECK(to_base64url(point_of(*parsed->key)) == kBrowserPoint);
  CHECK(to_base64url(parsed->auth) == kBrowserAuth);
  CHECK(
      problem_of(subscription(kEndpoint, std::string(kBrowserPoint) + "=", std::string(kBrowserAuth) + "==")).empty());
}

TEST_CASE("a subscription that is none is refused, in words that hold nothing of it", "[webpush][subscription]") {
  const std::string none = "the subscription is not one JSON object",
                    key = "the subscription has a p256dh that is no uncompressed point of P-256",
                    auth = "the subscription has an auth that is not 16 bytes",
                    url = "the subscription has no https endpoint";
  CHECK(problem_of("") == none);
  CHECK(problem_of("a-token-of-another-sink") == none);
  CHECK(problem_of("[]") == none);
  CHECK(problem_of(subscription(kEndpoint) + "{}") == none);
  CHECK(problem_of(subscription(kEndpoint) + std::string(5000, ' ')) == none);
  CHECK(problem_of(R"({"endpoint":"https://a.example/x","endpoint":"https://b.example/y"})") == none);
  CHECK(problem_of(R"({"keys":{"auth":"1","auth":"2"}})") == none);
  CHECK(problem_of(std::string(2000, '[') + std::string(2000, ']')) == none);
  CHECK(problem_of("{}") == url);
  CHECK(problem_of(R"({"endpoint":7})") == url);
  CHECK(problem_of(R"({"endpoint":"https://a.example/x"})") == "the subscription has no keys");
  CHECK(problem_of(R"({"endpoint":"https://a.example/x","keys":[]})") == "the subscription has no keys");
  const std::string point = bytes(kBrowserPoint);
  std::string off_curve = point;
  off_curve[64] = static_cast<char>(off_curve[64] ^ 1);
  for (const std::string& bad : {off_curve, '\x02' + point.substr(1, 32), '\x03' + point.substr(1, 32),
                                 std::string(1, '\0'), std::string(65, '\0'), std::string(), point.substr(0, 64),
                                 point + '\0', '\x06' + point.substr(1), '\x02' + point.substr(1)})
    CHECK(problem_of(subscription(kEndpoint, to_base64url(bad))) == key);
  CHECK(problem_of(subscription(kEndpoint, "not base64url!")) == key);
  for (const std::size_t size : {0U, 12U, 15U, 17U, 32U})
    CHECK(problem_of(subscription(kEndpoint, kBrowserPoint, to_base64url(std::string(size, 'a')))) == auth);
}

TEST_CASE("an endpoint is https to a name, and nothing in it can be read in two ways", "[webpush][subscription]") {
  CHECK(origin_of("https://push.example.bg/a?b=c") == "https://push.example.bg /a?b=c");
  CHECK(origin_of("https://Push.Example.BG:443/") == "https://push.example.bg /");
  CHECK(origin_of("https://push.example.bg:8443/a") ==
        "https://push.example.bg:8443 /a");  // a port that is not 443 stays
  for (const char* bad : {"http://push.example.bg/a",
                          "push.example.bg/a",
                          "https://push.example.bg",
                          "https://push.example.bg?a",
                          "https:///a",
                          "https://user@push.example.bg/a",
                          "https://fcm.googleapis.com@evil.example/a",
                          "https://push.example.bg:0/a",
                          "https://push.example.bg:65536/a",
                          "https://push.example.bg:/a",
                          "https://push.example.bg/a#b",
                          "https://push.example.bg/a b",
                          "https://push.example.bg/a\r\nX: y",
                          "https://push.example.bg\\@evil.example/",
                          "https://127.0.0.1/a",
                          "https://127.1/a",
                          "https://2130706433/a",
                          "https://0x7f000001/a",
                          "https://0x7f.1/a",
                          "https://[::1]/a",
                          "https://localhost/a",
                          "https://push.example.bg./a",
                          "https://-a.example/",
                          "https://a..example/",
                          "https://\xD0\xBF.example/a",
                          "https://push.example.bg/\xD0\xBF"}) {
    CAPTURE(bad);
    CHECK(origin_of(bad) == "none");
  }
  CHECK(origin_of("https://push.example.bg/" + std::string(2048, 'a')) == "none");
}

TEST_CASE("only the browsers' services are called, and the one that the settings name", "[webpush][services]") {
  const auto allowed = [](const std::string& own, const std::string& url) {
    return Services::create(own)->allow(*parse_endpoint(url));
  };
  for (const char* good : {"https://fcm.googleapis.com/fcm/send/a",
                           "https://updates.push.services.mozilla.com/wpush/v2/a", "https://web.push.apple.com/a",
                           "https://api.push.apple.com/a", "https://wns2-am3p.notify.windows.com/w/?token=a"})
    CHECK(allowed("", good));
  for (const char* bad : {"https://evil.example/fcm.googleapis.com", "https://fcm.googleapis.com.evil.example/a",
                          "https://xfcm.googleapis.com/a", "https://evilnotify.windows.com/a",
                          "https://notify.windows.com/a", "https://fcm.googleapis.com:8443/a"})
    CHECK_FALSE(allowed("", bad));
  CHECK_FALSE(allowed("", "https://push.example.bg/a"));
  CHECK(allowed("https://push.example.bg", "https://push.example.bg/a"));
  CHECK(allowed("https://push.example.bg:8443/", "https://push.example.bg:8443/a"));
  CHECK_FALSE(allowed("https://push.example.bg:8443", "https://push.example.bg/a"));
  for (const char* bad :
       {"http://push.example.bg", "https://push.example.bg/a", "push.example.bg", "https://127.0.0.1"})
    CHECK_FALSE(Services::create(bad));
}

TEST_CASE("a contact is an address or a page of a public host", "[webpush][vapid]") {
  for (const char* good :
       {"mailto:push@example.bg", "mailto:a.b+c@mail.example.bg", "https://example.bg", "https://example.bg/push"})
    CHECK(is_contact(good));
  for (const char* bad :
       {"", "push@example.bg", "mailto:", "mailto:push", "mailto:push@localhost", "mailto:@example.bg",
        "mailto: push@example.bg", "mailto:<push@example.bg>", "mailto:a@example.bg,b@example.bg",
        "mailto:a@example.bg?subject=x", "mailto:a@127.0.0.1", "mailto:\"a\"@example.bg", "http://example.bg",
        "https://localhost", "https://127.0.0.1/", "mailto:a@example.bg\n", "mailto:a@b@example.bg"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_contact(bad));
  }
}

}  // namespace vestitel::webpush::test
