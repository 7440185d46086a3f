#include "core/host/context.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/json_text.hpp"
#include "core/base/log.hpp"
#include "core/config/references.hpp"
#include "core/host/control.hpp"
#include "core/host/present.hpp"
#include "core/host/setup.hpp"

namespace vestitel {

int exit_code(const Error& error) {
  switch (error.failure) {
    case Failure::kConfig: return kExitConfig;
    case Failure::kBusy: return kExitStoreHeld;
    default: return kExitFailed;
  }
}

int fail(Context& context, const Error& error) {
  if (context.json) {
    std::string text = R"({"error":)";
    append_json(text, error.message);
    context.err << text << "}\n";
  } else {
    context.err << "vestitel: " << error.message << "\n";
  }
  return exit_code(error);
}

int fail(Context& context, const ConfigFindings& findings) {
  if (!context.json) {
    context.err << to_text(findings);
    return kExitConfig;
  }
  auto errors = nlohmann::ordered_json::array();
  for (const ConfigFinding& finding : findings) {
    errors.push_back({{"file", finding.place.file},
                      {"line", finding.place.line},
                      {"column", finding.place.column},
                      {"key", finding.key},
                      {"found", finding.found},
                      {"allowed", finding.allowed}});
  }
  const nlohmann::ordered_json all{{"errors", std::move(errors)}};
  context.err << dumped(all) << "\n";
  return kExitConfig;
}

int said(Context& context, int exit) {
  context.out.flush();
  if (context.out.good()) return exit;
  context.err << "vestitel: writing the answer: standard output takes no more\n";
  return exit == kExitDone ? kExitFailed : exit;
}

std::string path_of(const Context& context, const std::string& path) {
  return context.folder.empty() ? path : (std::filesystem::path(context.folder) / path).string();
}

LoadedConfig load(Context& context) {
  if (context.config) return {context.config, kExitDone};
  auto outcome = load_config(context.config_path, SystemEnvironment{});
  if (outcome.ok()) return {std::move(outcome.config), kExitDone};
  return {std::nullopt, fail(context, outcome.errors)};
}

Result<> store_is_ours(const HubConfig& config) {
  const std::string file = store_folder(config) + "/keys.db";
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0 || about.st_uid == ::geteuid()) return Done{};
  return {Failure::kDenied, "opening the store in " + store_folder(config) + ": it " +
                                belongs_to_another(about.st_uid, SystemEnvironment{})};
}

int with_look(Context& context, const std::function<int(LookStore&, sqlite::PersonKeys&)>& use) {
  if (context.running != nullptr) return use(context.running->look(), context.running->people());
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  const std::string folder = store_folder(*loaded.config);
  if (!store_exists(*loaded.config))
    return fail(context, {Failure::kNotFound,
                          "opening the store in " + folder + ": there is none yet; `vestitel run` makes it"});
  if (auto ours = store_is_ours(*loaded.config); !ours) return fail(context, ours.error());
  auto keys = load_master_keys(loaded.config->keys);
  if (!keys) return fail(context, keys.error());
  auto store = sqlite::ReadStore::open(folder, *keys, context.clock);
  if (!store) return fail(context, store.error());
  return use((*store)->look(), (*store)->people());
}

int with_store(Context& context, const std::function<int(sqlite::Store&, const HubConfig&)>& use) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  if (context.running != nullptr) return use(*context.running, *loaded.config);
  if (auto ours = store_is_ours(*loaded.config); !ours) return fail(context, ours.error());
  auto keys = keys_of(*loaded.config, context.random);
  if (!keys) return fail(context, keys.error());
  std::atomic<bool> lost{false};  // set by the writer before what it could not store is answered
  auto store = sqlite::Store::open({store_folder(*loaded.config)}, *keys, context.clock, context.random,
                                   [&lost](const std::string&) { lost = true; });
  if (!store && store.error().failure == Failure::kBusy && control_listens(*loaded.config)) return kExitForward;
  if (!store) return fail(context, store.error());
  const int exit = use(**store, *loaded.config);
  return lost ? static_cast<int>(kExitStorage) : exit;
}

}  // namespace vestitel
