#include "core/host/setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/base/lasting_folder.hpp"
#include "core/host/context.hpp"

namespace vestitel {

namespace fs = std::filesystem;

std::string shipped_plugins() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return "";
  return (program.parent_path().parent_path() / "lib/vestitel/plugins").string();
}

Result<> room_for_intake(const HubConfig& config) {
  std::error_code failed;
  const fs::space_info space = fs::space(config.store, failed);
  if (failed) return {Failure::kIo, "taking documents in: " + config.store + ": " + failed.message()};
  const std::uint64_t share = space.capacity / 100 * config.limits.free_space_percent;
  const std::uint64_t wanted = std::max(config.limits.free_space, share);
  if (space.available >= wanted) return Done{};
  constexpr std::uint64_t kMiB = 1U << 20;
  return {Failure::kBusy,
          fmt::format("taking documents in: {} MiB are free where the store lies, limits.free_space and "
                      "limits.free_space_percent ask for {} MiB; make room, or lower them",
                      space.available / kMiB, wanted / kMiB)};
}

void end_process(const std::string&) { std::_Exit(kExitStorage); }

std::string store_folder(const HubConfig& config) { return config.store + "/store"; }

Result<MasterKeys> keys_of(const HubConfig& config, Random& random) {
  std::error_code failed;
  if (!fs::exists(config.keys, failed)) {
    const std::string store = store_folder(config);
    if (fs::exists(store + "/keys.db", failed) || fs::exists(store + "/vestitel.db", failed))
      return {Failure::kConfig, "reading the master key " + config.keys +
                                    ": it is missing, and the store cannot be read without it; put the file back"};
    if (auto made = make_lasting_folder(fs::path(config.keys).parent_path().string()); !made) return made.error();
    if (auto made = create_master_keys(config.keys, random); !made) return made.error();
  }
  return load_master_keys(config.keys);
}

Result<std::unique_ptr<PluginInstance>> configured(const Instance& instance, const Catalogue& catalogue,
                                                   const Clock& clock) {
  const std::string where = "instance " + instance.id;
  auto description = catalogue.describe(instance.plugin);
  if (!description) return description.error().during(where);
  auto settings = checked_settings(description->config_schema, instance.settings.reveal(), where, instance.referenced);
  if (!settings) return settings.error();
  HostContext context;
  context.instance = instance.id;
  context.clock = &clock;
  context.secret = [secrets = std::move(settings->secrets)](std::string_view name) -> std::optional<std::string> {
    for (const auto& [known, value] : secrets)
      if (known == name) return value.reveal();
    return std::nullopt;
  };
  auto created = catalogue.create(instance.plugin, std::move(context));
  if (!created) return created.error().during(where);
  if (auto done = (*created)->configure(settings->json); !done) return done.error().during(where);
  return created;
}

}  // namespace vestitel
