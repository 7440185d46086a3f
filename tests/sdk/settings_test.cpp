#include <catch2/catch.hpp>

#include <string>
#include <vestitel/schema.hpp>
#include <vestitel/settings.hpp>

using namespace vestitel;

namespace {

constexpr Field kFields[] = {
    field::text("host", "Name of the server.").required().example("mail.example.org"),
    field::integer("port", "Its port.").by_default("25").range(1, 65535),
    field::boolean("pipelining", "Whether to send ahead.").by_default("true"),
    field::duration("timeout", "Longest wait.").by_default("10s").range(100, 600'000),
    field::bytes("largest", "Longest message.").by_default("10MiB"),
    field::choice("tls", "How the line is protected.", "none|starttls|tls").by_default("starttls"),
    field::number("ratio", "A share."),
    field::url("proxy", "A detour."),
    field::secret("password", "For AUTH."),
};

struct Refused {
  std::string path, message;
};

Refused refusal(const std::string& json) {
  try {
    const Settings settings(fields(kFields), json);
  } catch (const Error& e) {
    REQUIRE(e.rc() == VESTITEL_E_CONFIG);
    return {e.field_path(), e.what()};
  }
  return {"accepted", ""};
}

}  // namespace

TEST_CASE("settings are typed, and what is not given has its default", "[settings]") {
  const Settings s(fields(kFields), R"({"host":"mx \u0430\ud83d\ude00\n","port":587,"ratio":-1.5e1,"timeout":"2m"})");
  CHECK(s.text("host") == "mx а😀\n");
  CHECK(s.integer("port") == 587);
  CHECK(s.boolean("pipelining"));
  CHECK(s.duration("timeout") == std::chrono::minutes(2));
  CHECK(s.bytes("largest") == 10 << 20);
  CHECK(s.choice("tls") == "starttls");
  CHECK(s.number("ratio") == -15.0);
  CHECK_FALSE(s.has("proxy"));
  CHECK(s.url("proxy").empty());
}

TEST_CASE("asking for what is not declared is a bug of the plugin", "[settings]") {
  const Settings s(fields(kFields), R"({"host":"x"})");
  CHECK_THROWS_AS(s.text("hots"), std::logic_error);
  CHECK_THROWS_AS(s.integer("host"), std::logic_error);
}

TEST_CASE("a wrong setting is named by its path", "[settings]") {
  struct Case {
    const char* json;
    const char* path;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {"{}", "/host", "required, but not set; expected a text that is not empty"},
      {R"({"host":""})", "/host", "expected a text that is not empty"},
      {R"({"host":null})", "/host", "required, but not set; expected a text that is not empty"},
      {R"({"host":1})", "/host", "expected a text that is not empty"},
      {R"({"host":["a"]})", "/host", "expected a text that is not empty"},
      {R"({"host":"x","port":"25"})", "/port", "expected a whole number from 1 to 65535"},
      {R"({"host":"x","port":0})", "/port", "expected a whole number from 1 to 65535"},
      {R"({"host":"x","port":65536})", "/port", "expected a whole number from 1 to 65535"},
      {R"({"host":"x","port":2.5})", "/port", "expected a whole number from 1 to 65535"},
      {R"({"host":"x","port":99999999999999999999})", "/port", "expected a whole number from 1 to 65535"},
      {R"({"host":"x","pipelining":"yes"})", "/pipelining", "expected true or false"},
      {R"({"host":"x","timeout":"10"})", "/timeout",
       "expected a duration such as 10s (ms, s, m, h, d) from 100 to 600000 ms"},
      {R"({"host":"x","timeout":"1d"})", "/timeout",
       "expected a duration such as 10s (ms, s, m, h, d) from 100 to 600000 ms"},
      {R"({"host":"x","largest":"10 MB"})", "/largest", "expected a size such as 64KiB (B, KiB, MiB, GiB)"},
      {R"({"host":"x","tls":"ssl"})", "/tls", "expected one of none|starttls|tls"},
      {R"({"host":"x","tls":""})", "/tls", "expected one of none|starttls|tls"},
      {R"({"host":"x","proxy":"here"})", "/proxy", "expected a URL"},
      {R"({"host":"x","password":"p"})", "/password", "a secret never stands in the settings"},
      {R"({"host":"x","a/b~":1})", "/a~1b~0", "there is no such setting"},
  }));
  CAPTURE(c.json);
  const Refused refused = refusal(c.json);
  CHECK(refused.path == c.path);
  CHECK(refused.message == c.message);
}

TEST_CASE("what is not one flat JSON object is refused", "[settings]") {
  const std::string deep = "{\"host\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const std::string json =
      GENERATE_COPY(as<std::string>(), "", "[]", "{", "{\"host\":\"x\"", "{\"host\":\"x\"}x", "{\"host\":\"x\",}",
                    "{host:\"x\"}", "{\"host\":\"\\x\"}", "{\"host\":\"\\ud800\"}", "{\"host\":\"\\u0000\"}",
                    "{\"host\":01}", "{\"host\":tru}", "{\"host\":\"a\nb\"}", "{\"host\":\"x\",\"host\":\"y\"}",
                    "{\"host\":\"\xC0\x80\"}", deep, std::string(300'000, ' '));
  const Refused refused = refusal(json);
  CHECK(refused.path == (json == deep ? "/host" : ""));
  CHECK(refused.message != "");
}

TEST_CASE("no value of the settings stands in an error", "[settings]") {
  CHECK(refusal(R"({"host":"x","tls":"hunter2"})").message.find("hunter2") == std::string::npos);
  CHECK(refusal(R"({"host":"x","password":"hunter2"})").message.find("hunter2") == std::string::npos);
}

TEST_CASE("the schema and the example come from the same table", "[settings]") {
  const std::string schema = schema_json(fields(kFields));
  CHECK(schema.find(R"("required":["host"])") != std::string::npos);
  CHECK(schema.find(R"("port":{"type":"integer","description":"Its port.","default":25,"minimum":1,"maximum":65535)") !=
        std::string::npos);
  CHECK(schema.find(R"("password":{"type":"string","x-secret":true)") != std::string::npos);
  CHECK(schema.find(R"("enum":["none","starttls","tls"])") != std::string::npos);
  CHECK(
      example_json(fields(kFields)) ==
      R"({"host":"mail.example.org","port":25,"pipelining":true,"timeout":"10s","largest":"10MiB","tls":"starttls"})");
  CHECK_NOTHROW(Settings(fields(kFields), example_json(fields(kFields))));
}

TEST_CASE("a plugin without settings takes the empty object and nothing else", "[settings]") {
  CHECK_NOTHROW(Settings(fields("{}"), "{}"));
  CHECK_THROWS_AS(Settings(fields("{}"), R"({"a":1})"), Error);
  CHECK(schema_json(fields("{}")).find(R"("properties":{})") != std::string::npos);
}
