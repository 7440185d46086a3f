#include "core/plugin/package/manifest.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/plugin/package/version.hpp"
#include "tests/package/package_rig.hpp"

namespace vestitel::test {
namespace {

using nlohmann::json;

json good() {
  Sample sample;
  std::string manifest;
  TempFolder folder;
  write_file(folder / "p", sample.bytes(nullptr));
  const auto file = open_plain_file(folder / "p");
  return json::parse(open_package(file->get())->manifest_bytes);
}

std::string after(const std::function<void(json&)>& change) {
  json manifest = good();
  change(manifest);
  return reason(parse_manifest(manifest.dump()));
}

}  // namespace

TEST_CASE("a manifest that is whole is read back as it was written", "[package]") {
  const auto manifest = parse_manifest(good().dump());
  REQUIRE(manifest.ok());
  CHECK(json::parse(to_json(*manifest)) == good());
}

TEST_CASE("a manifest of which anything is missing, unknown or out of bounds is refused", "[package]") {
  const json whole = good();
  for (const auto& [key, value] : whole.items()) {
    CAPTURE(key);
    CHECK(after([&](json& m) { m.erase(key); }) == "bad-manifest");
    CHECK(after([&](json& m) { m[key] = nullptr; }) == "bad-manifest");
  }
  struct Case {
    const char* name;
    std::function<void(json&)> change;
  };
  const std::vector<Case> cases = {
      {"an unknown key", [](json& m) { m["extra"] = 1; }},
      {"a format of the future", [](json& m) { m["format"] = 2; }},
      {"an id without a dot", [](json& m) { m["id"] = "lab"; }},
      {"an id in capitals", [](json& m) { m["id"] = "bg.Acme.lab"; }},
      {"an id that leads up", [](json& m) { m["id"] = "bg../lab"; }},
      {"an id with an empty part", [](json& m) { m["id"] = "bg..lab"; }},
      {"no version", [](json& m) { m["version"] = "1.0"; }},
      {"a publisher with a slash", [](json& m) { m["publisher"] = "a/b"; }},
      {"an unknown kind",
       [](json& m) {
         m["kinds"] = {"reader", "spy"};
       }},
      {"no kind", [](json& m) { m["kinds"] = json::array(); }},
      {"a kind twice",
       [](json& m) {
         m["kinds"] = {"reader", "reader"};
       }},
      {"an unknown capability", [](json& m) { m["capabilities"]["root"] = true; }},
      {"a capability of another type", [](json& m) { m["capabilities"]["network"] = "all"; }},
      {"an unknown data class", [](json& m) { m["data_classes"]["read"] = {"everything"}; }},
      {"a library that is not listed", [](json& m) { m["library"] = "lib/other.so"; }},
      {"a library for any machine", [](json& m) { m["platform"] = "linux-any"; }},
      {"a program that is not executable", [](json& m) { m["library"] = "docs/page.md"; }},
      {"a file twice", [](json& m) { m["files"].push_back(m["files"][0]); }},
      {"a file that leads out", [](json& m) { m["files"][0]["path"] = "../plugin.json"; }},
      {"the manifest in itself", [](json& m) { m["files"][2]["path"] = "MANIFEST.json"; }},
      {"its signature in itself", [](json& m) { m["files"][2]["path"] = "MANIFEST.sig"; }},
      {"a mode with set-id", [](json& m) { m["files"][0]["mode"] = "4755"; }},
      {"a digest in capitals", [](json& m) { m["files"][0]["sha256"] = std::string(64, 'A'); }},
      {"a digest that is short", [](json& m) { m["files"][0]["sha256"] = "00"; }},
      {"a size below nought", [](json& m) { m["files"][0]["size"] = -1; }},
      {"no plugin.json", [](json& m) { m["files"].erase(0); }},
      {"a time of another form", [](json& m) { m["created"] = "yesterday"; }},
      {"a day that is none", [](json& m) { m["created"] = "2026-02-30T00:00:00Z"; }},
      {"glibc in words", [](json& m) { m["glibc"] = "new"; }},
      {"a NUL in a text", [](json& m) { m["platform"] = std::string("linux\0x", 7); }},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(after(c.change) == "bad-manifest");
  }
}

TEST_CASE("JSON that another parser could read in another way is refused", "[package]") {
  std::string text = good().dump();
  CHECK(reason(parse_manifest(text)) == "");
  CHECK(reason(parse_manifest(R"({"id":"bg.acme.other",)" + text.substr(1))) == "bad-manifest");
  CHECK(reason(parse_manifest(text + "x")) == "bad-manifest");
  CHECK(reason(parse_manifest(text.substr(0, text.size() - 1))) == "bad-manifest");
  CHECK(reason(parse_manifest("[" + text + "]")) == "bad-manifest");
  CHECK(reason(parse_manifest(std::string(100'000, '['))) == "bad-manifest");
  CHECK(reason(parse_manifest("")) == "bad-manifest");
}

TEST_CASE("plugin.json does not contradict the manifest", "[package]") {
  const auto manifest = *parse_manifest(good().dump());
  const PackagedPlugin plugin = sample_plugin("bg.acme.lab", "1.0.0");
  CHECK(*parse_description(to_json(std::vector{plugin}), manifest) == std::vector{plugin});
  const auto with = [&](const std::function<void(PackagedPlugin&)>& change) {
    PackagedPlugin other = plugin;
    change(other);
    return reason(parse_description(to_json(std::vector{other}), manifest));
  };
  CHECK(with([](PackagedPlugin& p) { p.id = "bg.acme.lab.two"; }) == "");
  CHECK(with([](PackagedPlugin& p) { p.id = "bg.acme.labtwo"; }) == "bad-description");
  CHECK(with([](PackagedPlugin& p) { p.id = "bg.other.lab"; }) == "bad-description");
  CHECK(with([](PackagedPlugin& p) { p.version = "1.0.1"; }) == "bad-description");
  CHECK(with([](PackagedPlugin& p) { p.sink = true; }) == "bad-description");
  CHECK(with([](PackagedPlugin& p) { p.reader = false; }) == "bad-description");
  CHECK(reason(parse_description(to_json(std::vector{plugin, plugin}), manifest)) == "bad-description");
  CHECK(reason(parse_description(to_json(std::vector<PackagedPlugin>{}), manifest)) == "bad-description");
  CHECK(reason(parse_description("{}", manifest)) == "bad-description");
}

TEST_CASE("versions have the order of semver", "[package]") {
  const std::vector<std::string> rising = {"0.9.9",      "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                           "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
                                           "1.0.0",      "1.0.1",        "1.1.0",         "1.10.0",
                                           "2.0.0"};
  for (std::size_t i = 0; i < rising.size(); ++i)
    for (std::size_t j = 0; j < rising.size(); ++j) {
      CAPTURE(rising[i], rising[j]);
      REQUIRE(parse_version(rising[i]));
      CHECK((*parse_version(rising[i]) < *parse_version(rising[j])) == (i < j));
      CHECK((*parse_version(rising[i]) == *parse_version(rising[j])) == (i == j));
    }
  CHECK(*parse_version("1.0.0+a") == *parse_version("1.0.0+b.7"));
  for (const char* bad : {"", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "1.0.0+",
                          "1.0.0 ", "-1.0.0", "1.0.99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_version(bad));
  }
}

TEST_CASE("glibc versions are compared by number", "[package]") {
  CHECK(*at_least("2.36", "2.4"));
  CHECK(*at_least("2.36", "2.36"));
  CHECK(*at_least("2.36", "2.2.5"));
  CHECK_FALSE(*at_least("2.36", "2.37"));
  CHECK_FALSE(*at_least("2.2", "2.2.5"));
  CHECK_FALSE(at_least("2.36", "x"));
}

TEST_CASE("what a plugin asks for is granted word by word", "[package]") {
  const auto asked = parse_capabilities(
      R"({"network":["{host}:{port}"],"secrets":["password"],"services":["vestitel.subjects/1"],"kv_bytes":4096,)"
      R"("write":["{directory}"],"attributes":{"x":"health"}})");
  REQUIRE(asked.ok());
  const Capabilities& all = asked->capabilities;
  CHECK(all.asks() == std::vector<std::string>{"network:{host}:{port}", "secret:password",
                                               "service:vestitel.subjects/1", "write:{directory}", "kv:4096"});
  CHECK(granted_of(all, all.asks()) == all);
  CHECK(granted_of(all, {}) == Capabilities{});
  const Capabilities some = granted_of(all, {"secret:password", "kv:9999", "network:evil:1"});
  CHECK(some.asks() == std::vector<std::string>{"secret:password"});
  CHECK_FALSE(parse_capabilities(R"({"everything":true})"));
  CHECK_FALSE(parse_capabilities(R"({"network":[1]})"));
  CHECK_FALSE(parse_capabilities("no"));
}

}  // namespace vestitel::test
