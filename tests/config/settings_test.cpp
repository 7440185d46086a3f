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

// As plugins.d/mail.yaml has it: host on line 4, port on line 5.
Instance mail(const std::string& settings, std::vector<std::string> referenced = {}) {
  Instance instance;
  instance.id = "mail";
  instance.place = {"mail.yaml", 1, 1};
  instance.keys = {{"settings", 3, 1, 4, 3}, {"settings.host", 4, 3, 4, 9}, {"settings.port", 5, 3, 5, 9}};
  instance.settings = PersonalText(settings);
  instance.referenced = std::move(referenced);
  return instance;
}

std::string error_of(const std::string& settings, std::vector<std::string> referenced = {}) {
  ConfigFindings findings;
  const auto checked = checked_settings(kSchema, mail(settings, std::move(referenced)), findings);
  REQUIRE(checked.ok());
  CHECK(checked->has_value() == findings.empty());
  std::string text = to_text(findings);
  if (!text.empty()) text.pop_back();
  return text;
}

CheckedSettings checked(const std::string& settings, std::vector<std::string> referenced = {}) {
  ConfigFindings findings;
  const auto done = checked_settings(kSchema, mail(settings, std::move(referenced)), findings);
  REQUIRE(to_text(findings) == "");
  return **done;
}

Result<std::optional<CheckedSettings>> with_schema(const char* schema) {
  ConfigFindings findings;
  return checked_settings(schema, mail("{}"), findings);
}

}  // namespace

TEST_CASE("defaults are filled in and secrets taken out", "[config][settings]") {
  const auto done = checked(R"({"host":"h","password":"s3cret","tls":null})");
  CHECK(done.json == R"({"host":"h","idle":"60s","plain":false,"port":587,"tls":"required"})");
  REQUIRE(done.secrets.size() == 1);
  CHECK(done.secrets[0].first == "password");
  CHECK(done.secrets[0].second.reveal() == "s3cret");
}

TEST_CASE("a reference is read as what the schema asks for", "[config][settings]") {
  const auto done = checked(R"({"host":"h","port":"25","plain":"true"})", {"/port", "/plain"});
  CHECK(done.json.find(R"("plain":true,"port":25)") != std::string::npos);
}

TEST_CASE("an error names the key's path, what was found and what is allowed", "[config][settings]") {
  struct Case {
    const char *name, *settings, *error;
  };
  const auto c = GENERATE(values<Case>({
      {"wrong type", R"({"host":"h","port":"x"})",
       "mail.yaml:5:9: settings.port: found \"x\"; allowed: a whole number from 1 to 65535"},
      {"out of range", R"({"host":"h","port":70000})",
       "mail.yaml:5:9: settings.port: found 70000; allowed: a whole number from 1 to 65535"},
      {"not one of the list", R"({"host":"h","tls":"maybe"})",
       "mail.yaml:4:3: settings.tls: found \"maybe\"; allowed: one of required, none"},
      {"no duration", R"({"host":"h","idle":"60"})",
       "mail.yaml:4:3: settings.idle: found \"60\"; allowed: a duration such as 500ms, 10s, 5m, 2h or 7d"},
      {"empty where something is required", R"({"host":""})",
       "mail.yaml:4:9: settings.host: found \"\"; allowed: a text that is not empty"},
      {"missing", R"({})",
       "mail.yaml:4:9: settings.host: found nothing: the key is required; allowed: a text that is not empty"},
      {"unknown", R"({"host":"h","prot":25})",
       "mail.yaml:3:1: settings.prot: found an unknown key; allowed: host, idle, password, plain, port, tls; did you "
       "mean "
       "port?"},
      {"a number for a secret", R"({"host":"h","password":12345})",
       "mail.yaml:4:3: settings.password: found a value of type number; allowed: a text; a number in its place stands "
       "in "
       "quotes"},
      {"no map at all", R"([1])", "mail.yaml:4:3: settings: found no map; allowed: a map of keys of at most 1 MiB"},
  }));
  CAPTURE(c.name);
  CHECK(error_of(c.settings) == c.error);
}

TEST_CASE("all wrong keys are told at once", "[config][settings]") {
  const auto error = error_of(R"({"host":"h","port":"x","tls":"maybe","plain":3,"prot":1})");
  CHECK(std::count(error.begin(), error.end(), '\n') == 3);
}

TEST_CASE("a value that came from a reference is never quoted", "[config][settings]") {
  const auto error = error_of(R"({"host":"h","tls":"s3cret-value"})", {"/tls"});
  CHECK(error == "mail.yaml:4:3: settings.tls: found a text of 12 bytes; allowed: one of required, none");
}

TEST_CASE("a schema that is none is the plugin's fault, not the operator's", "[config][settings]") {
  CHECK(with_schema("{").error().failure == Failure::kInternal);
  CHECK(with_schema(R"({"type":17})").error().failure == Failure::kInternal);
  CHECK(with_schema(R"({"type":"object","properties":{}})").ok());
}

TEST_CASE("what a plugin says of a setting gets its place, and its value where that is no secret",
          "[config][settings]") {
  struct Case {
    const char *name, *said, *finding;
  };
  const auto c = GENERATE(values<Case>({
      {"a key", "/port: in use", "mail.yaml:5:9: settings.port: found 25; the plugin says: in use"},
      {"a reference", "/host: unknown",
       "mail.yaml:4:9: settings.host: found a value that is not shown; the plugin says: unknown"},
      {"a key that is not there", "/password: missing",
       "mail.yaml:4:3: settings.password: found nothing; the plugin says: missing"},
      {"no key", "the relay said no",
       "mail.yaml:4:3: settings: found what the plugin refuses; the plugin says: the relay said no"},
      {"no pointer", "/a~x: odd", "mail.yaml:4:3: settings: found what the plugin refuses: odd"},
  }));
  CAPTURE(c.name);
  const Instance instance = mail("{}", {"/host"});
  CHECK(refused_setting(instance, R"({"host":"s3cret","port":25})", c.said).text() == c.finding);
}

}  // namespace vestitel::test
