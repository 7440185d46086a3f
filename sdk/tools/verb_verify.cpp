// plugin verify: whether a package would be let in. No code of it is run.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/plugin/package/store.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

int verify(ToolOutcome& outcome, const std::string& path, const std::string& root) {
  const auto store = open_store(root);
  if (!store) return package_fail(outcome, store.error());
  const auto verified = store->verify(path, SystemClock().now());
  if (!verified) return package_fail(outcome, verified.error());
  const Manifest& manifest = verified->package.manifest;
  nlohmann::ordered_json line = {{"package", path}, {"sha256", verified->package.digest}};
  line.update(json_of(manifest));
  line["trust"] = json_of(verified->judgement);
  return say(outcome, line,
             path + ": sound\n  " + manifest.id + " " + manifest.version + "\n  sha256     " +
                 verified->package.digest + "\n" + asks_text(manifest, verified->judgement));
}

}  // namespace

void add_verify_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto path = std::make_shared<std::string>(), root = std::make_shared<std::string>();
  auto* verb =
      add_tool_verb(group, outcome, "verify", "check a package: every byte, its signature, whether it fits here",
                    [&outcome, path, root] { return verify(outcome, *path, *root); });
  verb->add_option("package", *path, "the .vplugin file")->required();
  add_store_option(*verb, *root);
}

}  // namespace vestitel
