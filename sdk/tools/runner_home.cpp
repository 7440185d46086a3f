#include "sdk/tools/runner_home.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include "core/plugin/child/child_home.hpp"
#include "core/plugin/package/files.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

std::string runner_folder() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  for (const char* beside : {"lib/vestitel", "lib/vestitel-plugin-dev"}) {
    const fs::path folder = program.parent_path().parent_path() / beside;
    if (fs::exists(folder / "vestitel-runner", failed) && fs::exists(folder / "vestitel-launcher", failed))
      return folder.string();
  }
  return "";
}

// One launcher for the process, which is a verb's child: it ends with it, and the runner too.
Result<const ChildHome*> started() {
  static std::unique_ptr<Launcher> launcher;
  static ChildHome home;
  if (launcher == nullptr) {
    auto fresh = Launcher::start(runner_folder());
    if (!fresh) return fresh.error().during("starting vestitel-launcher");
    launcher = std::move(*fresh);
    home.launcher = launcher.get();
  }
  return static_cast<const ChildHome*>(&home);
}

Result<std::unique_ptr<PluginInstance>> create_in_runner(const TryTarget& target, HostContext context) {
  const auto home = started();
  if (!home) return home.error();
  std::error_code failed;
  const std::string path = fs::canonical(target.library, failed).string();
  if (failed) return {Failure::kNotFound, target.library + ": " + failed.message()};
  // A program is started from the file itself, so that its folder may be closed to the runner's user.
  std::string digest;
  if (is_program(path)) {
    const auto file = open_plain_file(path);
    const auto known = file ? file_digest(file->get()) : Result<std::string>(file.error());
    if (!known) return known.error();
    digest = *known;
  }
  const auto plugins = describe_in_child(**home, path, digest);
  if (!plugins) return plugins.error();
  const auto found = std::find_if(plugins->begin(), plugins->end(), [&](const PluginDescription& plugin) {
    return target.id.empty() ? plugins->size() == 1 : plugin.id == target.id;
  });
  if (found == plugins->end()) return {Failure::kNotFound, "say by --id which plugin of the library is meant"};
  auto lent = context_of(target, *found, std::move(context));
  if (!lent) return lent.error();
  return create_in_child(**home, path, *found, std::move(*lent), digest);
}

}  // namespace

const TryHome* runner_home() {
  static const TryHome home{"runner", create_in_runner};
  return runner_folder().empty() ? nullptr : &home;
}

}  // namespace vestitel
