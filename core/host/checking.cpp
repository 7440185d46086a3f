#include "core/host/checking.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/api/inbox_check.hpp"
#include "core/base/os_error.hpp"
#include "core/host/inbox.hpp"
#include "core/pipeline/choose.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

template <class Test>
bool any(const ConfigFindings& findings, const Test& test) {
  return std::any_of(findings.begin(), findings.end(), test);
}

// What the routes cannot know while a sink's file or a folder of templates could not be read.
ConfigFindings pipeline_findings(const HubConfig& config, const ConfigFindings& known) {
  static constexpr std::string_view kOfSinks[] = {"", "id", "enabled", "sink", "sink.channel"};
  const bool sinks_in_doubt = any(known, [&](const ConfigFinding& one) {
    return one.place.file.starts_with(config.folder + "/plugins.d") &&
           std::find(std::begin(kOfSinks), std::end(kOfSinks), one.key) != std::end(kOfSinks);
  });
  const bool texts_in_doubt =
      any(known, [&](const ConfigFinding& one) { return one.place.file.starts_with(config.folder + "/templates"); });
  ConfigFindings found = build_pipeline(config).errors;
  std::erase_if(found, [&](const ConfigFinding& one) {
    return (sinks_in_doubt && one.key.ends_with(".channels")) ||
           (texts_in_doubt && (one.key.ends_with(".template") || one.place.file == "templates"));
  });
  return found;
}

bool plugin_folder_known(const HubConfig& config, const ConfigFindings& known) {
  return !any(known, [&](const ConfigFinding& one) {
    return one.place.file == config.folder + "/vestitel.yaml" && (one.key.empty() || one.key == "plugins");
  });
}

// What only certificate and key themselves can say.
void add_inbox_findings(const HubConfig& config, ConfigFindings& errors) {
  const auto told = [](const ConfigFinding& one) { return one.key.starts_with("inbox"); };
  if (config.inbox.host.empty() || any(errors, told)) return;
  if (const auto usable = inbox_usable(inbox_settings(config, {})); !usable)
    errors.push_back({{config.folder + "/vestitel.yaml", 0, 0},
                      "inbox",
                      usable.error().message,
                      "a certificate and its key, and where it is set client_ca, as PEM files"});
}

}  // namespace

CheckedHub check_hub(const HubConfig& config, ConfigFindings errors, const Clock& clock, Whom whom) {
  CheckedHub out{{}, std::move(errors)};
  const std::string folder = config.folder + "/plugins.d";
  if (config.instances.empty() && !any(out.errors, [&](const auto& one) { return one.place.file.starts_with(folder); }))
    out.errors.push_back(
        {{folder, 0, 0}, "", "no instance: nothing would be read or sent", "a file NAME.yaml for each"});
  add_inbox_findings(config, out.errors);
  ConfigFindings more = pipeline_findings(config, out.errors);
  if (plugin_folder_known(config, out.errors)) {
    const Catalogue catalogue = catalogue_of(config);
    for (const Instance& instance : config.instances) {
      const bool asked = (instance.enabled || whom == Whom::kAll) && !instance.plugin.empty();
      out.plugins.push_back(asked ? configured(instance, catalogue, clock, more) : ConfiguredPlugin{});
    }
  }
  add_new(out.errors, std::move(more));
  return out;
}

Result<> drop_folder_usable(const std::string& path) {
  const auto refused = [&](const std::string& why) -> Result<> {
    return {Failure::kConfig, "reader.drop_folder " + path + ": " + why};
  };
  const fs::path given(path);
  const fs::path folder = given.has_filename() ? given : given.parent_path();
  fs::path at = folder;
  std::error_code failed;
  while (fs::symlink_status(at, failed).type() == fs::file_type::not_found && at.has_relative_path())
    at = at.parent_path();
  const bool there = at == folder;
  failed.clear();
  if (!fs::is_directory(at, failed)) {
    if (failed) return refused(failed.message());
    return refused(there ? "it is not a folder" : "it cannot be made: " + at.string() + " is not a folder");
  }
  // Read, write and enter it, or write into the folder in which it will be made.
  const int needed = there ? R_OK | W_OK | X_OK : W_OK | X_OK;
  if (::faccessat(AT_FDCWD, at.c_str(), needed, AT_EACCESS) == 0) return Done{};
  const std::string why = os_error();
  return refused(there ? "the hub has to read and write in it: " + why
                       : "it cannot be made in " + at.string() + ": " + why);
}

}  // namespace vestitel
