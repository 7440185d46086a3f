#include <catch2/catch.hpp>

#include "tests/plugin/rig.hpp"

namespace vestitel::test {

TEST_CASE("calls out of order are refused before they reach the plugin", "[plugin]") {
  PluginRig rig("reader", "", false);
  PluginInstance& it = *rig.instance;
  const auto conflict = [](const Result<>& result) { return !result && result.error().failure == Failure::kConflict; };
  TextStream bytes("one\n");
  Notes notes;

  CHECK(conflict(it.start()));
  CHECK(conflict(it.check()));
  CHECK(conflict(it.stop(rig.clock.now())));
  CHECK(it.reader()->parse(arrival(), bytes, notes)->error.failure == Failure::kConflict);
  REQUIRE(it.configure("{}").ok());
  CHECK(it.reader()->parse(arrival(), bytes, notes)->error.failure == Failure::kConflict);
  REQUIRE(it.start().ok());
  CHECK(conflict(it.start()));
  CHECK(conflict(it.configure("{}")));
  REQUIRE(it.stop(rig.clock.now()).ok());
  CHECK(conflict(it.stop(rig.clock.now())));
  CHECK(it.reader()->parse(arrival(), bytes, notes)->error.failure == Failure::kConflict);
  CHECK(notes.lines.empty());
}

TEST_CASE("an instance that was stopped can be configured and started again, a cancel forgotten", "[plugin]") {
  PluginRig rig("reader");
  rig.instance->cancel();
  REQUIRE(rig.instance->stop(rig.clock.now()).ok());
  REQUIRE(rig.instance->configure("{}").ok());
  REQUIRE(rig.instance->start().ok());
  TextStream bytes("one\n");
  Notes notes;
  CHECK_FALSE(rig.instance->reader()->parse(arrival(), bytes, notes));
}

TEST_CASE("a setting that is refused is named by its JSON pointer", "[plugin]") {
  PluginRig rig("reader", "", false);
  const auto refused = rig.instance->configure("{\"mode\":\"bad\"}");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().failure == Failure::kConfig);
  CHECK(refused.error().message == "/mode: must be one of the modes");
}

TEST_CASE("a plugin has the abilities that its descriptor names, and no other", "[plugin]") {
  PluginRig reader("reader", "", false), sink("sink", "", false);
  CHECK(reader.instance->reader() != nullptr);
  CHECK(reader.instance->sink() == nullptr);
  CHECK(reader.instance->feed() == nullptr);
  CHECK(sink.instance->sink() != nullptr);
  CHECK(sink.instance->reader() == nullptr);
}

TEST_CASE("a secret is lent to the plugin by name, and a wrong one is a matter of settings", "[plugin]") {
  PluginRig rig("sink");
  CHECK(rig.instance->check().ok());
  rig.password = "wrong";
  const auto refused = rig.instance->sink()->check();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().failure == Failure::kConfig);
  CHECK(refused.error().message == "wrong password");
}

TEST_CASE("an id that the library does not hold makes no instance", "[plugin]") {
  ManualClock clock;
  for (const char* id : {"", "org.test.reader.more", "org.test"}) {
    HostContext context;
    context.clock = &clock;
    CHECK(create_under_test(id, context).error().failure == Failure::kNotFound);
  }
}

}  // namespace vestitel::test
