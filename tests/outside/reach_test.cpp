#include "core/plugin/outside/reach.hpp"

#include <catch2/catch.hpp>

#include "core/plugin/outside/references.hpp"

namespace vestitel {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kSettings =
    R"({"host":"Mail.Example.BG","port":25,"url":"https://hook.example.bg/in?x=1","plain":"http://10.0.0.5:13013/send","none":"http://10.0.0.6",
        "relay":{"host":"r.bg","port":587},"links":[{"host":"a.bg","port":1},{"host":"b.bg","port":2}],"six":"https://[2001:db8::1]:8443/"})";

}  // namespace

TEST_CASE("a grant's references are settings", "[outside]") {
  struct Case {
    const char* grant;
    Words words;
  };
  const auto c = GENERATE(values<Case>({
      {"smtp.example.bg:25", {"smtp.example.bg:25"}},
      {"{host}:{port}", {"mail.example.bg:25"}},
      {"{relay.host}:{relay.port}", {"r.bg:587"}},
      {"{url}", {"hook.example.bg:443"}},
      {"{plain}", {"http://10.0.0.5:13013"}},
      {"{none}", {"http://10.0.0.6:80"}},
      {"{six}", {"2001:db8::1:8443"}},
      {"{links.host}:{links.port}", {"a.bg:1", "b.bg:2"}},
      {"{missing}:25", {}},
      {"{host}:{host}", {}},
      {"{host:25", {}},
      {"*.push.example.bg:443", {"*.push.example.bg:443"}},
      {"*.bg:443", {}},  // all of a country
      {"*:443", {}},
      {"a*.example.bg:443", {}},
      {"example.bg", {}},
      {"example.bg:0", {}},
      {"example.bg:70000", {}},
      {":25", {}},
  }));
  CAPTURE(c.grant);
  CHECK(Reach({c.grant}, kSettings).words() == c.words);
}

TEST_CASE("settings that are no JSON grant nothing that names one", "[outside]") {
  CHECK(Reach({"{host}:25", "a.bg:1"}, "nonsense").words() == Words{"a.bg:1"});
  CHECK(with_settings("{directory}/x", R"({"directory":"/srv/out"})") == Words{"/srv/out/x"});
}

TEST_CASE("a host is reached on its port alone, and its name is its own", "[outside]") {
  const Reach reach({"a.example.bg:443", "http://b.example.bg:80", "*.push.example.bg:443"}, "{}");
  CHECK(reach.allows("a.example.bg", 443));
  CHECK(reach.allows("A.Example.BG.", 443));
  CHECK_FALSE(reach.allows("a.example.bg", 80));
  CHECK_FALSE(reach.allows("xa.example.bg", 443));
  CHECK_FALSE(reach.allows("a.example.bg.evil.org", 443));
  CHECK(reach.allows("b.example.bg", 80));
  CHECK(reach.allows_plain("b.example.bg", 80));
  CHECK_FALSE(reach.allows_plain("a.example.bg", 443));
  CHECK(reach.allows("x.push.example.bg", 443));
  CHECK(reach.allows("y.x.push.example.bg", 443));
  CHECK_FALSE(reach.allows("push.example.bg", 443));
  CHECK_FALSE(reach.allows("evilpush.example.bg", 443));
  CHECK(reach.only_by_wildcard("x.push.example.bg", 443));
  CHECK_FALSE(reach.only_by_wildcard("a.example.bg", 443));
}

}  // namespace vestitel
