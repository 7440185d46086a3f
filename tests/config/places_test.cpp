// Where things stand in the files, and which folders may stand beside which.
#include <catch2/catch.hpp>

#include "core/config/config.hpp"
#include "tests/config/fake_environment.hpp"

namespace vestitel::test {

TEST_CASE("no document reaches two instances, and no drop folder meets what the hub keeps", "[config]") {
  struct Case {
    const char *name, *first, *second, *found;
  };
  const auto c = GENERATE(values<Case>({
      {"two folders", "/in/a", "/in/b", ""},
      {"names that only begin alike", "/in/a", "/in/ab", ""},
      {"the shipped place", "${store}/inbox/a", "${store}/inbox/b", ""},
      {"the same", "/in", "/in", "\"/in\", which instance a reads already (/c/plugins.d/a.yaml:4)"},
      {"by a slash", "/in", "/in/", "\"/in/\", which instance a reads already (/c/plugins.d/a.yaml:4)"},
      {"by dots", "/in", "/x/../in", "\"/in\", which instance a reads already (/c/plugins.d/a.yaml:4)"},
      {"by a symlink", "/in", "/link", "\"/link\", which instance a reads already (/c/plugins.d/a.yaml:4)"},
      {"inside", "/in", "/in/done",
       "\"/in/done\", which lies in the drop folder of instance a (/c/plugins.d/a.yaml:4)"},
      {"around", "/in/b", "/in", "\"/in\", which holds the drop folder of instance a (/c/plugins.d/a.yaml:4)"},
      {"the state folder", "/in", "/state", "\"/state\", which holds the state folder /state"},
      {"around the state folder", "/in", "/link/..",
       "\"/\", which holds the drop folder of instance a "
       "(/c/plugins.d/a.yaml:4)"},
      {"the database", "/in", "${store}/store/x", "\"/state/store/x\", where the hub keeps /state/store"},
      {"the keys", "/in", "${store}/keys", "\"/state/keys\", where the hub keeps /state/keys"},
      {"around the key file", "/in", "/safe", "\"/safe\", where the hub keeps /safe/k/master.key"},
  }));
  CAPTURE(c.name);
  FakeEnvironment env = good_environment();
  env.links["/link"] = "/in";
  env.files["/c/vestitel.yaml"] = {"store: /state\nkeys: /safe/k/master.key\n"};
  const auto reader = [](const std::string& id, const std::string& folder) {
    return "id: " + id + "\nplugin: p\nreader:\n  drop_folder: " + folder + "\n";
  };
  env.files["/c/plugins.d/a.yaml"] = {reader("a", c.first)};
  env.files["/c/plugins.d/b.yaml"] = {reader("b", c.second)};
  const auto errors = load_config("/c", env).errors;
  if (std::string(c.found).empty()) {
    CHECK(to_text(errors) == "");
  } else {
    REQUIRE_FALSE(errors.empty());
    CHECK(errors[0].text().starts_with("/c/plugins.d/b.yaml:4:16: reader.drop_folder: found " + std::string(c.found) +
                                       ";"));
  }
}

TEST_CASE("an instance that is not enabled watches no folder", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/plugins.d/a.yaml"] = {"id: a\nplugin: p\nreader: {drop_folder: /in}\n"};
  env.files["/c/plugins.d/b.yaml"] = {"id: b\nplugin: p\nenabled: false\nreader: {drop_folder: /in}\n"};
  CHECK(to_text(load_config("/c", env).errors) == "");
}

TEST_CASE("a file that is not there is named, with what it has to be", "[config]") {
  FakeEnvironment env = good_environment();
  env.files.erase("/c/vestitel.yaml");
  CHECK(
      to_text(load_config("/c", env).errors) ==
      "/c/vestitel.yaml: found nothing: No such file or directory; allowed: a file of at most 1024 KiB that this user "
      "may read\n");
}

TEST_CASE("every key of an instance is known with its place", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/plugins.d/mail.yaml"] = {
      "id: mail\nplugin: p\nsettings:\n  relay:\n    port: 25\nsink: {channel: email}\n"};
  const auto config = load_config("/c", env).config;
  const Instance& mail = *config.find("mail");
  const auto text = [](const ConfigPlace& place) {
    return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  };
  CHECK(text(mail.key_place("settings.relay.port")) == "/c/plugins.d/mail.yaml:5:5");
  CHECK(text(mail.value_place("settings.relay.port")) == "/c/plugins.d/mail.yaml:5:11");
  CHECK(text(mail.key_place("settings.relay.host")) == "/c/plugins.d/mail.yaml:4:3");
  CHECK(text(mail.key_place("reader")) == "/c/plugins.d/mail.yaml:1:1");
  CHECK(mail.has_key("plugin"));
  CHECK_FALSE(mail.has_key("settings.relay.host"));
}

TEST_CASE("what follows from a known fault is not told again", "[config]") {
  ConfigFindings findings{{{"a.yaml", 4, 1}, "sink", "a list", ""}};
  add_new(findings, {{{"a.yaml", 4, 1}, "sink.channel", "nothing", ""},
                     {{"a.yaml", 6, 1}, "sinks", "an unknown key", ""},
                     {{"b.yaml", 4, 1}, "sink", "nothing", ""}});
  CHECK(findings.size() == 3);
}

}  // namespace vestitel::test
