#include "sdk/tools/target.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/os_error.hpp"
#include "core/plugin/library.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// The library is the author's own: whoever owns the file is believed, beside root and this user.
TrustedOwners author_of(const std::string& path) {
  TrustedOwners owners = TrustedOwners::own();
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) owners.ids.push_back(about.st_uid);
  return owners;
}

// A folder that others may write (a group's work tree) is no place to load from: a private copy is.
Result<const PluginLibrary*> load_copy(const std::string& path) {
  std::string folder = (fs::temp_directory_path() / "vestitel-plugin-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return {Failure::kIo, "making a folder for a copy: " + os_error()};
  std::error_code failed;
  const std::string copy = folder + "/plugin.so";
  fs::copy_file(path, copy, failed);
  if (!failed) fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_exec, failed);
  auto library = failed ? Result<const PluginLibrary*>{Failure::kIo, "copying " + path + ": " + failed.message()}
                        : PluginLibrary::load(copy, author_of(copy));
  fs::remove_all(folder, failed);
  return library;
}

Result<const PluginLibrary*> load_library(const std::string& path) {
  std::error_code failed;
  const std::string real = fs::canonical(path, failed).string();
  if (failed) return {Failure::kNotFound, path + ": " + failed.message()};
  if (is_program(real)) return load_plugin(real);
  auto library = PluginLibrary::load(real, author_of(real));
  return !library && library.error().failure == Failure::kDenied ? load_copy(real) : std::move(library);
}

Result<std::string> only_plugin(const PluginLibrary& library) {
  if (library.plugins().size() == 1) return library.plugins().front().id;
  std::string ids;
  for (const auto& one : library.plugins()) ids += (ids.empty() ? "" : ", ") + one.id;
  return {Failure::kInvalid, "the library holds several plugins; say which by --id: " + ids};
}

Result<std::unique_ptr<PluginInstance>> create_here(const TryTarget& target, HostContext context) {
  const auto library = load_library(target.library);
  if (!library) return library.error();
  const auto id = target.id.empty() ? only_plugin(**library) : Result<std::string>(target.id);
  if (!id) return id.error();
  for (const PluginDescription& plugin : (*library)->plugins()) {
    if (plugin.id != *id) continue;
    auto lent = context_of(target, plugin, std::move(context));
    if (!lent) return lent.error();
    return create_in_process(**library, *id, std::move(*lent));
  }
  return {Failure::kNotFound, "the library holds no plugin " + *id};
}

}  // namespace

const TryHome& in_process_home() {
  static const TryHome home{"in process", create_here};
  return home;
}

Result<std::unique_ptr<PluginInstance>> start_instance(const TryHome& home, const TryTarget& target, const Clock& clock,
                                                       ChildProgress& progress) {
  const auto at = [&](Doing doing) {
    progress.doing = doing;
    progress.tick();
  };
  HostContext context{"try",
                      &clock,
                      [secrets = target.secrets](std::string_view name) -> std::optional<std::string> {
                        const auto found = secrets.find(std::string(name));
                        if (found == secrets.end()) return std::nullopt;
                        return found->second;
                      },
                      "{}",
                      {}};
  at(Doing::kLoading);
  auto instance = home.create(target, std::move(context));
  if (!instance) return instance;
  at(Doing::kConfiguring);
  const std::string settings =
      target.settings.empty() ? example_settings((*instance)->description().config_schema) : target.settings;
  if (auto done = (*instance)->configure(settings); !done) return done.error().during("configuring");
  at(Doing::kStarting);
  if (auto done = (*instance)->start(); !done) return done.error().during("starting");
  return instance;
}

Result<HostContext> context_of(const TryTarget& target, const PluginDescription& plugin, HostContext context) {
  context.settings = target.settings.empty() ? example_settings(plugin.config_schema) : target.settings;
  return tried(std::move(context), plugin, target.http);
}

Result<std::vector<PluginDescription>> plugins_of_library(const std::string& path) {
  const auto library = load_library(path);
  if (!library) return library.error();
  return (*library)->plugins();
}

std::string example_settings(std::string_view schema_json) {
  const auto schema = ordered_json::parse(schema_json, nullptr, false);
  auto settings = ordered_json::object();
  if (!schema.is_object() || !schema.contains("properties")) return "{}";
  for (const auto& [name, field] : schema["properties"].items()) {
    if (!field.is_object() || field.value("x-secret", false)) continue;
    if (field.contains("default")) {
      settings[name] = field["default"];
    } else if (field.contains("examples") && field["examples"].is_array() && !field["examples"].empty()) {
      settings[name] = field["examples"][0];
    }
  }
  return settings.dump();
}

}  // namespace vestitel
