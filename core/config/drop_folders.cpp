// No document may reach two instances, and no folder that partners write to may hold what the hub keeps.
#include <filesystem>

#include "core/config/file_readers.hpp"

namespace vestitel {
namespace {

struct Watched {
  const Instance* instance;
  std::string path;  // as the file system has it
};

bool holds(const std::string& outer, const std::string& inner) {
  return outer == inner || outer == "/" || inner.starts_with(outer + "/");
}

bool touch(const std::string& a, const std::string& b) { return holds(a, b) || holds(b, a); }

void refuse(const Instance& instance, const std::string& why, const std::string& allowed, ConfigFindings& findings) {
  constexpr std::string_view kKey = "reader.drop_folder";
  findings.push_back(
      {instance.value_place(kKey), std::string(kKey), '"' + instance.reader->drop_folder + "\", " + why, allowed});
}

std::string place_of(const Instance& instance) {
  const ConfigPlace place = instance.value_place("reader.drop_folder");
  return place.file + ":" + std::to_string(place.line);
}

void check_against_hub(const Watched& one, const HubConfig& config, const Environment& environment,
                       ConfigFindings& findings) {
  static constexpr std::string_view kAllowed = "a folder of its own; in the state folder one below inbox/";
  const auto kept = [&](const std::string& path) {
    const std::string real = environment.real_path(path);
    if (!touch(one.path, real)) return false;
    refuse(*one.instance, "where the hub keeps " + path, std::string(kAllowed), findings);
    return true;
  };
  if (holds(one.path, environment.real_path(config.store))) {
    refuse(*one.instance, "which holds the state folder " + config.store, std::string(kAllowed), findings);
  } else if (!kept(config.store + "/store") && !kept(config.store + "/keys")) {
    (void)kept(config.keys);
  }
}

}  // namespace

void check_drop_folders(const HubConfig& config, const Environment& environment, ConfigFindings& findings) {
  std::vector<Watched> all;
  for (const Instance& instance : config.instances) {
    if (!instance.enabled || !instance.reader || instance.reader->drop_folder.empty()) continue;
    const Watched one{&instance, environment.real_path(instance.reader->drop_folder)};
    for (const Watched& other : all) {
      if (!touch(one.path, other.path)) continue;
      const std::string relation = one.path == other.path        ? "which instance "
                                   : holds(other.path, one.path) ? "which lies in the drop folder of instance "
                                                                 : "which holds the drop folder of instance ";
      refuse(instance,
             relation + other.instance->id + (one.path == other.path ? " reads already (" : " (") +
                 place_of(*other.instance) + ")",
             "a folder that no other enabled instance reads, neither inside another's nor around it", findings);
    }
    check_against_hub(one, config, environment, findings);
    all.push_back(one);
  }
}

}  // namespace vestitel
