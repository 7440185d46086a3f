// A running instance of the steered plugin.
#pragma once
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>

#ifdef TEST_CHILD_HOME
#include "core/plugin/child/child_home.hpp"
#endif
#include "core/plugin/instance.hpp"
#include "tests/plugin/receivers.hpp"
#include "tests/support/manual_clock.hpp"

namespace vestitel::test {

// The same tests hold in both homes: a binary each.
inline Result<std::unique_ptr<PluginInstance>> create_under_test(
    const std::string& plugin_id, HostContext context, const std::string& library_name = "steered",
    [[maybe_unused]] std::chrono::milliseconds progress = std::chrono::seconds(5)) {
  const std::string path = std::string(TEST_LIBRARIES) + '/' + library_name + ".so";
#ifdef TEST_CHILD_HOME
  static const auto launcher = Launcher::start(TEST_RUNNERS);
  REQUIRE(launcher.ok());
  ChildHome home;
  home.launcher = launcher->get();
  home.owners = tree_owners();
  home.progress = home.poll = progress;
  PluginDescription plugin;
  plugin.id = plugin_id;
  const auto all = describe_in_child(home, path);
  REQUIRE(all.ok());
  for (const auto& one : *all)
    if (one.id == plugin_id) plugin = one;
  return create_in_child(home, path, std::move(plugin), std::move(context));
#else
  const auto library = PluginLibrary::load(path, tree_owners());
  REQUIRE(library.ok());
  return create_in_process(**library, plugin_id, std::move(context));
#endif
}

struct PluginRig {
  explicit PluginRig(const std::string& plugin, const std::string& mode = "", bool run = true) {
    HostContext context;
    context.instance = "under-test";
    context.clock = &clock;
    context.secret = [this](std::string_view name) {
      return name == "password" ? std::optional(password) : std::nullopt;
    };
    auto created = create_under_test("org.test." + plugin, context);
    INFO((created ? std::string() : created.error().message));
    REQUIRE(created.ok());
    instance = std::move(*created);
    if (!run) return;
    REQUIRE(instance->configure("{\"mode\":\"" + mode + "\"}").ok());
    REQUIRE(instance->start().ok());
  }
  ManualClock clock;
  std::string password = "open sesame";
  std::unique_ptr<PluginInstance> instance;
};

}  // namespace vestitel::test
