// No document may reach two instances, and no folder that partners write to may hold what the hub keeps.
#include <filesystem>

#include "core/config/file_readers.hpp"

namespace vestitel {
namespace {

struct Watched {
  const Instance* instance;
  std::string_view key;
  std::string said;  // as the configuration has it
  std::string path;  // as the file system has it
};

bool holds(const std::string& outer, const std::string& inner) {
  return outer == inner || outer == "/" || inner.starts_with(outer + "/");
}

bool touch(const std::string& a, const std::string& b) { return holds(a, b) || holds(b, a); }

void refuse(const Watched& one, const std::string& why, const std::string& allowed, ConfigFindings& findings) {
  findings.push_back(
      {one.instance->value_place(one.key), std::string(one.key), '"' + one.said + "\", " + why, allowed});
}

std::string place_of(const Watched& one) {
  const ConfigPlace place = one.instance->value_place(one.key);
  return place.file + ":" + std::to_string(place.line);
}

void check_against_hub(const Watched& one, const HubConfig& config, const Environment& environment,
                       ConfigFindings& findings) {
  static constexpr std::string_view kAllowed = "a folder of its own; in the state folder one below inbox/";
  const auto kept = [&](const std::string& path) {
    const std::string real = environment.real_path(path);
    if (!touch(one.path, real)) return false;
    refuse(one, "where the hub keeps " + path, std::string(kAllowed), findings);
    return true;
  };
  if (holds(one.path, environment.real_path(config.store))) {
    refuse(one, "which holds the state folder " + config.store, std::string(kAllowed), findings);
  } else if (!kept(config.store + "/store") && !kept(config.store + "/keys")) {
    (void)kept(config.keys);
  }
}

std::vector<Watched> watched_by(const HubConfig& config, const Environment& environment) {
  std::vector<Watched> all;
  for (const Instance& instance : config.instances) {
    if (!instance.enabled || !instance.reader) continue;
    const auto add = [&](std::string_view key, const std::string& said) {
      if (!said.empty()) all.push_back({&instance, key, said, environment.real_path(said)});
    };
    add("reader.drop_folder", instance.reader->drop_folder);
    add("reader.partner_folders", instance.reader->partner_folders);
  }
  return all;
}

}  // namespace

void check_drop_folders(const HubConfig& config, const Environment& environment, ConfigFindings& findings) {
  std::vector<Watched> all;
  for (const Watched& one : watched_by(config, environment)) {
    for (const Watched& other : all) {
      if (!touch(one.path, other.path)) continue;
      const std::string relation = one.path == other.path        ? "which instance "
                                   : holds(other.path, one.path) ? "which lies in the drop folder of instance "
                                                                 : "which holds the drop folder of instance ";
      refuse(
          one,
          relation + other.instance->id + (one.path == other.path ? " reads already (" : " (") + place_of(other) + ")",
          "a folder that no other enabled instance reads, neither inside another's nor around it", findings);
    }
    check_against_hub(one, config, environment, findings);
    all.push_back(one);
  }
}

}  // namespace vestitel
