// plugin inspect: what a package says of itself, whether or not anybody vouches for it. No code of it is run.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/plugin/package/files.hpp"
#include "core/plugin/package/store.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct Inspected {
  OpenedPackage package;
  std::vector<PackagedPlugin> plugins;
};

Result<Inspected> read(int fd) {
  auto package = open_package(fd);
  if (!package) return package.error();
  if (auto same = check_files(*package); !same) return same.error();
  auto plugins = read_description(*package);
  if (!plugins) return plugins.error();
  return Inspected{std::move(*package), std::move(*plugins)};
}

// A file, or what is installed under an id or a short name.
Result<std::string> path_of(const std::string& what, const std::string& root) {
  if (const auto file = open_plain_file(what)) return what;
  const auto store = open_store(root);
  if (!store) return store.error();
  const auto id = store->id_of(what);
  if (!id) return id.error();
  const auto state = store->state(*id);
  if (!state) return state.error();
  std::string digest = state->active;
  const auto all = store->installed();
  if (!all) return all.error();
  for (const auto& one : *all)
    if (digest.empty() && one.manifest.id == *id) digest = one.digest;
  return store->root() + "/sha256/" + digest + "/package.vplugin";
}

std::string text_of(const Inspected& one) {
  const Manifest& m = one.package.manifest;
  std::string out = m.id + " " + m.version + "\n  publisher  " + (m.publisher.empty() ? "none" : m.publisher) +
                    (one.package.signature.empty() ? " (not signed)" : " (signature not checked: see verify)") +
                    "\n  platform   " + m.platform + ", glibc " + m.glibc + ", plugin ABI " +
                    std::to_string(m.abi_major) + "." + std::to_string(m.abi_minor) + "\n  asks for   " +
                    joined(m.capabilities.asks()) + "\n  reads      " + joined(m.data_read) + " data\n  emits      " +
                    joined(m.data_emitted) + " data\n";
  for (const auto& plugin : one.plugins)
    out +=
        "  plugin     " + plugin.id + ": " + plugin.name + (plugin.vendor.empty() ? "" : ", " + plugin.vendor) + "\n";
  for (const auto& file : m.files) out += "  file       " + file.path + ", " + std::to_string(file.size) + " bytes\n";
  return out;
}

int inspect(ToolOutcome& outcome, const std::string& what, const std::string& root) {
  const auto path = path_of(what, root);
  if (!path) return package_fail(outcome, path.error());
  const auto file = open_plain_file(*path);
  if (!file) return package_fail(outcome, file.error());
  const auto one = read(file->get());
  if (!one) return package_fail(outcome, one.error().during("inspecting " + *path));
  nlohmann::ordered_json line = {{"package", *path}, {"sha256", one->package.digest}};
  line.update(json_of(one->package.manifest));
  line["signed"] = !one->package.signature.empty();
  line["description"] = nlohmann::ordered_json::parse(to_json(one->plugins))["plugins"];
  for (const auto& f : one->package.manifest.files)
    line["files"].push_back({{"path", f.path}, {"size", f.size}, {"sha256", f.sha256}});
  return say(outcome, line, text_of(*one));
}

}  // namespace

void add_inspect_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto what = std::make_shared<std::string>(), root = std::make_shared<std::string>();
  auto* verb = add_tool_verb(group, outcome, "inspect", "what a package says of itself; nobody's word is checked",
                             [&outcome, what, root] { return inspect(outcome, *what, *root); });
  verb->add_option("package", *what, "a .vplugin file, or the id or short name of an installed plugin")->required();
  add_store_option(*verb, *root);
}

}  // namespace vestitel
