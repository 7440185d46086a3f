#include <vestitel/abi_services.h>

#include <catch2/catch.hpp>

#include "core/plugin/outside/http_client.hpp"

namespace vestitel::test {
namespace {

wire::HttpRequest to(const std::string& url) {
  wire::HttpRequest request;
  request.method = "POST";
  request.url = url;
  return request;
}

std::int32_t refusal(RequestCheck& check, const std::string& url) {
  const CheckedRequest checked = check(to(url));
  return checked.refusal ? checked.refusal->rc : VESTITEL_OK;
}

}  // namespace

TEST_CASE("only what was granted is asked for, whatever was asked for before", "[outside]") {
  RequestCheck check(Reach({"a.example.bg:443", "http://127.0.0.1:8080"}, "{}"));
  for (int i = 0; i < 2; ++i) {
    CHECK(refusal(check, "https://a.example.bg/x") == VESTITEL_OK);
    CHECK(refusal(check, "https://b.example.bg/x") == VESTITEL_E_DENIED);
    CHECK(refusal(check, "https://b.example.bg/x") == VESTITEL_E_DENIED);
    CHECK(refusal(check, "https://a.example.bg:444/x") == VESTITEL_E_DENIED);
    CHECK(refusal(check, "http://a.example.bg:443/x") == VESTITEL_E_DENIED);
    CHECK(refusal(check, "http://127.0.0.1:8080/") == VESTITEL_OK);
    CHECK(refusal(check, "ftp://a.example.bg/") == VESTITEL_E_INVALID);
    CHECK(refusal(check, "https://user@a.example.bg/") == VESTITEL_E_INVALID);
    CHECK(refusal(check, "") == VESTITEL_E_INVALID);
  }
}

TEST_CASE("requests to one scheme, host and port go to one peer", "[outside]") {
  RequestCheck check(Reach({"a.example.bg:443", "a.example.bg:8443"}, "{}"));
  const std::string peer = check(to("https://a.example.bg/x?y")).peer;
  CHECK(peer == "https://a.example.bg:443");
  CHECK(check(to("https://A.example.bg:443/z")).peer == peer);
  CHECK(check(to("https://a.example.bg:8443/x?y")).peer != peer);
}

TEST_CASE("a header that would split a request or is the host's own is refused, also at a URL that is known",
          "[outside]") {
  RequestCheck check(Reach({"a.example.bg:443"}, "{}"));
  REQUIRE(refusal(check, "https://a.example.bg/") == VESTITEL_OK);
  for (const auto& header :
       wire::HttpHeaders{{"x", "a\r\nb: c"}, {"x y", "a"}, {"Host", "b"}, {"content-length", "1"}}) {
    auto request = to("https://a.example.bg/");
    request.headers.push_back(header);
    CHECK(check(request).refusal.has_value());
  }
}

}  // namespace vestitel::test
