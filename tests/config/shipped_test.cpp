// The shipped folder and its page: what the binary carries is what lies in config/, and every key is documented.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "core/config/config.hpp"
#include "core/config/embedded_files.hpp"

namespace vestitel::test {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(std::string(VESTITEL_SOURCE_DIR) + "/" + path);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("the embedded defaults load without an error and stand on the given folder", "[config][shipped]") {
  const auto outcome = embedded_defaults("/tmp/vestitel-embedded-state");
  REQUIRE(to_text(outcome.errors) == "");
  const HubConfig& config = outcome.config;
  CHECK(config.store == "/tmp/vestitel-embedded-state");
  CHECK(config.find("nzok-amblist")->reader->drop_folder == config.store + "/inbox/nzok-amblist");
  CHECK(config.find("file")->settings.reveal().find(config.store + "/outbox") != std::string::npos);
  CHECK(config.find("file")->sink->channels.size() == 5);
  CHECK_FALSE(config.find("smtp")->enabled);
  CHECK(config.templates.size() == 12);
}

TEST_CASE("the shipped folder loads without an error", "[config][shipped]") {
  const auto outcome = load_config(std::string(VESTITEL_SOURCE_DIR) + "/config", SystemEnvironment());
  CHECK(to_text(outcome.errors) == "");
  CHECK(outcome.config.instances.size() == 24);
}

TEST_CASE("every shipped file is embedded as it stands", "[config][shipped]") {
  CHECK(embedded_files().size() == 17);
  for (const auto& file : embedded_files()) {
    CAPTURE(std::string(file.path));
    CHECK(text_of("config/" + std::string(file.path)) == file.bytes);
  }
}

TEST_CASE("the page of the configuration names every key that the parser knows", "[config][shipped]") {
  const std::string page = text_of("docs/configuration.md");
  for (const auto& key : known_config_keys()) {
    CAPTURE(key);
    const auto colon = key.find(": ");
    const auto section = page.find("\n## " + key.substr(0, colon));
    REQUIRE(section != std::string::npos);
    const auto next = page.find("\n## ", section + 1);
    CHECK(page.substr(section, next - section).find("| `" + key.substr(colon + 2) + "` |") != std::string::npos);
  }
}

}  // namespace vestitel::test
