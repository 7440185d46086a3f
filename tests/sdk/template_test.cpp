// The built template, loaded as a host loads it.
#include <catch2/catch.hpp>

#include <cstdio>
#include <string>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

using vestitel::testing::Delivered;
using vestitel::testing::FakeHost;

namespace {

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  REQUIRE(pclose(pipe) == 0);
  return out;
}

}  // namespace

TEST_CASE("a plugin exports one symbol", "[template]") {
  const std::string library = GENERATE(as<std::string>(), VESTITEL_HELLO_READER);
  const std::string symbols = output_of("nm -D --defined-only --format=posix " + library);
  CHECK(symbols.substr(0, 27) == "vestitel_plugin_entry_v1 D ");
  CHECK(symbols.find('\n') == symbols.size() - 1);
}

TEST_CASE("the template reads, quarantines and survives any cut of its bytes", "[template]") {
  FakeHost host(vestitel::testing::load(VESTITEL_HELLO_READER));
  REQUIRE(host.begin().ok());
  Delivered delivered;
  delivered.chunk = GENERATE(values<std::size_t>({1, 5, 65536}));
  const auto parsed = host.parse("r1,9932319981,2026-10-06\nr2\nr3,9932319981,2026-02-31\n", delivered);
  REQUIRE(parsed.ok());
  CHECK(parsed.events ==
        std::vector<std::string>{"activity.laboratory new egn:9932319981 2026-10-06 key=partner|r1 @1:1"});
  CHECK(parsed.quarantined == std::vector<std::string>{"2:1 row: three columns expected",
                                                       "3:1 record: the date is not a day written YYYY-MM-DD"});
  CHECK(parsed.bytes[0] == "r2");
}
