#include "core/host/setup.hpp"

#include <unistd.h>

#include <climits>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace vestitel {

namespace fs = std::filesystem;
using nlohmann::json;

std::string shipped_plugins() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return "";
  const fs::path installed = program.parent_path().parent_path() / "lib/vestitel/plugins";
  if (fs::is_directory(installed, failed)) return installed.string();
  return (program.parent_path().parent_path() / "plugins-out").string();
}

std::string store_folder(const HubConfig& config) { return config.store + "/store"; }

Result<MasterKeys> keys_of(const HubConfig& config, Random& random) {
  std::error_code failed;
  if (!fs::exists(config.keys, failed)) {
    if (fs::exists(store_folder(config) + "/keys.db", failed))
      return {Failure::kConfig, "reading the master key " + config.keys +
                                    ": it is missing, and the store cannot be read without it; put the file back"};
    fs::create_directories(fs::path(config.keys).parent_path(), failed);
    if (auto made = create_master_keys(config.keys, random); !made) return made.error();
  }
  return load_master_keys(config.keys);
}

SplitSettings split_secrets(const std::string& schema_json, const std::string& settings_json) {
  SplitSettings split;
  const json schema = json::parse(schema_json, nullptr, false);
  json settings = json::parse(settings_json, nullptr, false);
  if (settings.is_discarded()) return {settings_json, {}};
  if (schema.is_object() && schema.contains("properties")) {
    for (const auto& [name, field] : schema["properties"].items()) {
      if (!field.is_object() || !field.value("x-secret", false) || !settings.contains(name)) continue;
      const json& value = settings[name];
      split.secrets.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
      settings.erase(name);
    }
  }
  split.plain = settings.dump();
  return split;
}

Result<std::unique_ptr<PluginInstance>> configured(const Instance& instance, const Catalogue& catalogue,
                                                   const Clock& clock) {
  const std::string where = "instance " + instance.id;
  auto description = catalogue.describe(instance.plugin);
  if (!description) return description.error().during(where);
  auto settings = checked_settings(description->config_schema, instance.settings.reveal(), where, instance.referenced);
  if (!settings) return settings.error();
  auto split = split_secrets(description->config_schema, *settings);
  HostContext context;
  context.instance = instance.id;
  context.clock = &clock;
  context.secret = [secrets = std::move(split.secrets)](std::string_view name) -> std::optional<std::string> {
    for (const auto& [known, value] : secrets)
      if (known == name) return value;
    return std::nullopt;
  };
  auto created = catalogue.create(instance.plugin, std::move(context));
  if (!created) return created.error().during(where);
  if (auto done = (*created)->configure(split.plain); !done) return done.error().during(where);
  return created;
}

}  // namespace vestitel
