// plugin list: what is installed, what is active, and what is wrong.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "core/plugin/package/json_fields.hpp"
#include "core/plugin/package/store.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

std::string role_of(const InstalledPackage& package, const PluginState& state) {
  if (package.digest == state.active) return state.enabled ? "enabled" : "disabled";
  if (package.digest == state.previous) return "previous";
  return "installed";
}

int list(ToolOutcome& outcome, const std::string& root) {
  const auto store = open_store(root);
  if (!store) return package_fail(outcome, store.error());
  const auto all = store->installed();
  if (!all) return package_fail(outcome, all.error());
  int exit = kToolPassed;
  for (const auto& one : *all) {
    PluginState state;
    if (auto known = store->state(one.manifest.id)) state = std::move(*known);
    const std::string role = role_of(one, state);
    nlohmann::ordered_json line = {{"id", one.manifest.id},
                                   {"version", one.manifest.version},
                                   {"state", role},
                                   {"sha256", one.digest},
                                   {"granted", role == "enabled" ? state.granted : std::vector<std::string>{}}};
    if (one.problem.empty()) {
      line["trust"] = json_of(one.judgement);
      line["installed"] = to_second(one.installed);
    } else {
      line["problem"] = one.problem;
      exit = kToolFailed;
    }
    const std::string name =
        one.manifest.id.empty() ? one.digest.substr(0, 16) : one.manifest.id + " " + one.manifest.version;
    const std::string rest =
        one.problem.empty() ? std::string(to_text(one.judgement.level)) : "REFUSED: " + one.problem;
    say(outcome, line, name + "  " + role + "  " + rest + "\n");
  }
  if (all->empty() && !outcome.json) outcome.out << "no package is installed\n";
  return exit;
}

}  // namespace

void add_list_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto root = std::make_shared<std::string>();
  auto* verb =
      add_tool_verb(group, outcome, "list", "installed packages, each checked again; fails when one is refused",
                    [&outcome, root] { return list(outcome, *root); });
  add_store_option(*verb, *root);
}

}  // namespace vestitel
