// Plugins of every released minor, built by other compilers, in other modes and with other runtimes, loaded and run by
// one host in one process.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "core/plugin/instance.hpp"
#include "core/plugin/library.hpp"
#include "tests/plugin/receivers.hpp"
#include "tests/support/manual_clock.hpp"

namespace fs = std::filesystem;

namespace vestitel::test {
namespace {

std::set<std::string> pieces() {
  std::set<std::string> all;
  for (const auto& entry : fs::directory_iterator(TEST_LIBRARIES))
    if (entry.path().extension() == ".so") all.insert(entry.path().filename());
  return all;
}

struct Living {
  std::string name;
  std::unique_ptr<PluginInstance> instance;
};

Living live(const std::string& name, const Clock& clock) {
  INFO(name);
  const auto library = PluginLibrary::load(std::string(TEST_LIBRARIES) + "/" + name, tree_owners());
  INFO((library ? "" : library.error().message));
  REQUIRE(library.ok());
  HostContext context;
  context.instance = name;
  context.clock = &clock;
  auto created = create_in_process(**library, (*library)->plugins().at(0).id, context);
  REQUIRE(created.ok());
  REQUIRE((*created)->configure("{}").ok());
  REQUIRE((*created)->start().ok());
  return {name, std::move(*created)};
}

std::vector<std::string> read(Reader& reader) {
  DocumentArrival arrival;
  arrival.partner = "partner";
  arrival.name = "rows.csv";
  TextStream bytes("r1,9932319981,2026-10-06\nr2\nr3,5831079946,2026-10-07\n");
  Notes notes;
  const auto failed = reader.parse(arrival, bytes, notes);
  REQUIRE_FALSE(failed.has_value());
  return notes.lines;
}

}  // namespace

TEST_CASE("every build of the template is there, and the museum", "[abi]") {
  const auto all = pieces();
  for (const char* name : {"gcc-17.so", "gcc-20.so", "clang-17.so", "debug-library.so", "old-strings.so",
                           "own-runtime.so", "museum-1.0-hello_reader.so"}) {
    CAPTURE(name);
    CHECK(all.count(name) == 1);
  }
}

TEST_CASE("one host runs them all beside each other, and each does the same", "[abi]") {
  ManualClock clock;
  std::vector<Living> all;
  for (const std::string& name : pieces()) all.push_back(live(name, clock));
  REQUIRE(all.size() >= 7);
  const auto first = read(*all.front().instance->reader());
  CHECK(std::set<std::string>(first.begin(), first.end()) ==
        std::set<std::string>{"event 1:1 r1", "quarantined 2:1 row: three columns expected", "event 3:1 r3"});
  for (Living& one : all) {
    CAPTURE(one.name);
    CHECK(read(*one.instance->reader()) == first);
  }
}

TEST_CASE("what a plugin of another runtime throws ends at its own border", "[abi]") {
  ManualClock clock;
  for (const std::string& name : pieces()) {
    CAPTURE(name);
    const Living one = live(name, clock);
    const auto refused = one.instance->configure("{\"no_such_key\":1}");  // still started: refused, not thrown
    CHECK_FALSE(refused.ok());
    REQUIRE(one.instance->stop(clock.now() + std::chrono::seconds(1)).ok());
    const auto unknown = one.instance->configure("{\"no_such_key\":1}");
    REQUIRE_FALSE(unknown.ok());
    CHECK(unknown.error().failure == Failure::kConfig);
    CHECK(unknown.error().message.find("/no_such_key") == 0);
  }
}

}  // namespace vestitel::test
