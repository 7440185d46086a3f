#include "sdk/tools/manual.hpp"

#include <catch2/catch.hpp>

#include "sdk/tools/target.hpp"

namespace vestitel::test {
namespace {

PluginDescription mailer() {
  PluginDescription p;
  p.id = "bg.acme.mailer";
  p.name = "Acme | mailer";
  p.version = "1.2.3";
  p.sink = true;
  p.idempotent = true;
  p.capabilities = R"({"network":["{host}:{port}"],"kv_bytes":4096})";
  p.config_schema = R"({"type":"object","required":["host"],"properties":{
    "password":{"type":"string","x-secret":true,"description":"For AUTH.","x-order":3},
    "port":{"type":"integer","default":25,"minimum":1,"maximum":65535,"description":"Its port.","x-order":2},
    "host":{"type":"string","examples":["mail.example.bg"],"description":".starts with a dot | has a bar","x-order":1},
    "mode":{"type":"string","enum":["a","b"],"default":"a","description":"How.","x-order":4,"x-advanced":true},
    "wait":{"type":"string","x-unit":"duration","default":"10s","description":"Longest wait.","x-order":5}}})";
  return p;
}

}  // namespace

TEST_CASE("the manual shows each setting in its order, with type and default", "[manual]") {
  const std::string text = manual_markdown(mailer());
  CHECK(text.find("| `host` | text | required | .starts with a dot \\| has a bar |\n"
                  "| `port` | integer from 1 to 65535 | `25` | Its port. |\n"
                  "| `password` | secret | not set | For AUTH. |\n"
                  "| `mode` | one of a, b | `a` | How. Rarely changed. |\n"
                  "| `wait` | duration (ms, s, m, h, d) | `10s` | Longest wait. |\n") != std::string::npos);
  CHECK(text.find("  host: \"mail.example.bg\"\n  # port: 25\n  # password: ${credential:mailer-password}\n") !=
        std::string::npos);
  CHECK(text.find("- network: {host}:{port}\n- kv_bytes: 4096\n") != std::string::npos);
}

TEST_CASE("a man page holds no text that roff would take for a command", "[manual]") {
  const std::string page = manual_man(mailer());
  CHECK(page.find("\n\\&.starts with a dot | has a bar\n") != std::string::npos);
  CHECK(page.substr(0, 14) == ".TH \"mailer\" 7");
}

TEST_CASE("a schema that is none gives a manual without settings", "[manual]") {
  PluginDescription p = mailer();
  p.config_schema = GENERATE(as<std::string>(), "", "[]", "{", "{\"properties\":5}");
  p.capabilities = "not json";
  CHECK(manual_markdown(p).find("It has none.") != std::string::npos);
  CHECK(manual_man(p).find("It asks for nothing.") != std::string::npos);
}

TEST_CASE("settings to try a plugin with are the defaults and the examples of its schema, without secrets",
          "[target]") {
  CHECK(example_settings(mailer().config_schema) == R"({"port":25,"host":"mail.example.bg","mode":"a","wait":"10s"})");
  CHECK(example_settings("not json") == "{}");
}

}  // namespace vestitel::test
