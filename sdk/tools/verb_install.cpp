// plugin install: a package into the store. It is not enabled by that.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/plugin/package/store.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

int install(ToolOutcome& outcome, const std::string& path, const std::string& root) {
  auto store = open_or_make_store(root);
  if (!store) return package_fail(outcome, store.error());
  const auto done = store->install(path, SystemClock().now());
  if (!done) return package_fail(outcome, done.error());
  const Manifest& manifest = done->manifest;
  nlohmann::ordered_json line = {{"installed", done->digest}};
  line.update(json_of(manifest));
  line["trust"] = json_of(done->judgement);
  return say(outcome, line,
             manifest.id + " " + manifest.version + " is installed and not enabled\n" +
                 asks_text(manifest, done->judgement) + "next: " + outcome.program + " enable " + manifest.id + "\n");
}

}  // namespace

void add_install_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto path = std::make_shared<std::string>(), root = std::make_shared<std::string>();
  auto* verb = add_tool_verb(group, outcome, "install", "check a package and take it into the store; nothing runs yet",
                             [&outcome, path, root] { return install(outcome, *path, *root); });
  verb->add_option("package", *path, "the .vplugin file")->required();
  add_store_option(*verb, *root);
}

}  // namespace vestitel
