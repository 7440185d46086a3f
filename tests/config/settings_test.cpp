#include <catch2/catch.hpp>

#include "core/config/config.hpp"

namespace vestitel::test {
namespace {

// As the SDK writes it for a sink.
constexpr const char* kSchema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
  "additionalProperties":false,"required":["host"],"properties":{
    "host":{"type":"string","pattern":".","description":"The relay."},
    "port":{"type":"integer","default":587,"minimum":1,"maximum":65535},
    "tls":{"type":"string","enum":["required","none"],"default":"required"},
    "idle":{"type":"string","pattern":"^[0-9]{1,12}(ms|s|m|h|d)$","x-unit":"duration","default":"60s"},
    "plain":{"type":"boolean","default":false},
    "password":{"type":"string","x-secret":true}}})";

std::string error_of(const std::string& settings, std::vector<std::string> referenced = {}) {
  const auto checked = checked_settings(kSchema, settings, "mail", referenced);
  return checked ? "" : checked.error().message;
}

}  // namespace

TEST_CASE("defaults are filled in and secrets taken out", "[config][settings]") {
  const auto checked = checked_settings(kSchema, R"({"host":"h","password":"s3cret","tls":null})", "mail");
  REQUIRE(checked.ok());
  CHECK(checked->json == R"({"host":"h","idle":"60s","plain":false,"port":587,"tls":"required"})");
  REQUIRE(checked->secrets.size() == 1);
  CHECK(checked->secrets[0].first == "password");
  CHECK(checked->secrets[0].second.reveal() == "s3cret");
}

TEST_CASE("a reference is read as what the schema asks for", "[config][settings]") {
  const std::vector<std::string> referenced{"/port", "/plain"};
  const auto checked = checked_settings(kSchema, R"({"host":"h","port":"25","plain":"true"})", "mail", referenced);
  REQUIRE(checked.ok());
  CHECK(checked->json.find(R"("plain":true,"port":25)") != std::string::npos);
}

TEST_CASE("an error names the key's path, what was found and what is allowed", "[config][settings]") {
  struct Case {
    const char *name, *settings, *error;
  };
  const auto c = GENERATE(values<Case>({
      {"wrong type", R"({"host":"h","port":"x"})",
       "mail: settings.port: found \"x\"; allowed: a whole number from 1 to 65535"},
      {"out of range", R"({"host":"h","port":70000})",
       "mail: settings.port: found 70000; allowed: a whole number from 1 to 65535"},
      {"not one of the list", R"({"host":"h","tls":"maybe"})",
       "mail: settings.tls: found \"maybe\"; allowed: one of required, none"},
      {"no duration", R"({"host":"h","idle":"60"})",
       "mail: settings.idle: found \"60\"; allowed: a duration such as 500ms, 10s, 5m, 2h or 7d"},
      {"empty where something is required", R"({"host":""})",
       "mail: settings.host: found \"\"; allowed: a text that is not empty"},
      {"missing", R"({})",
       "mail: settings.host: found nothing: the key is required; allowed: a text that is not empty"},
      {"unknown", R"({"host":"h","prot":25})",
       "mail: settings.prot: found an unknown key; allowed: did you mean port? one of host, idle, password, plain, "
       "port, tls"},
      {"a number for a secret", R"({"host":"h","password":12345})",
       "mail: settings.password: found a value of type number; allowed: a text; a number in its place stands in "
       "quotes"},
      {"no map at all", R"([1])", "mail: settings: found no map; allowed: a map of keys"},
  }));
  CAPTURE(c.name);
  CHECK(error_of(c.settings) == c.error);
}

TEST_CASE("all wrong keys are told at once", "[config][settings]") {
  const auto error = error_of(R"({"host":"h","port":"x","tls":"maybe","plain":3})");
  CHECK(std::count(error.begin(), error.end(), '\n') == 2);
}

TEST_CASE("a value that came from a reference is never quoted", "[config][settings]") {
  const auto error = error_of(R"({"host":"h","tls":"s3cret-value"})", {"/tls"});
  CHECK(error == "mail: settings.tls: found a text of 12 bytes; allowed: one of required, none");
}

TEST_CASE("a schema that is none is the plugin's fault, not the operator's", "[config][settings]") {
  CHECK(checked_settings("{", "{}", "mail").error().failure == Failure::kInternal);
  CHECK(checked_settings(R"({"type":17})", "{}", "mail").error().failure == Failure::kInternal);
  CHECK(checked_settings(R"({"type":"object","properties":{}})", "{}", "mail").ok());
}

}  // namespace vestitel::test
