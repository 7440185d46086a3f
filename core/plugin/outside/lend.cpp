#include "core/plugin/outside/lend.hpp"

#include <algorithm>

#include "core/plugin/outside/connector.hpp"
#include "core/plugin/outside/references.hpp"

namespace vestitel {
namespace {

bool named(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void narrow_secrets(HostContext& context, const Capabilities& granted) {
  if (!context.secret) return;
  if (granted.secrets.empty()) {
    context.secret = nullptr;
    return;
  }
  context.secret = [all = std::move(context.secret),
                    names = granted.secrets](std::string_view name) -> std::optional<std::string> {
    return named(names, name) ? all(name) : std::nullopt;
  };
}

}  // namespace

HostContext lent(HostContext context, const Capabilities& granted, const HttpOptions& http) {
  narrow_secrets(context, granted);
  Lent& out = context.lent;
  const Reach reach(granted.network, context.settings);
  if (named(granted.services, "vestitel.http/1")) out.http = make_http_client(reach, http);
  if (named(granted.services, "vestitel.connect/1")) out.connector = make_connector(reach);
  if (!named(granted.services, "vestitel.subjects/1")) out.subjects = nullptr;
  out.kv_bytes = granted.kv_bytes;
  if (out.kv_bytes == 0) out.kv = nullptr;
  for (const std::string& path : granted.write)
    for (std::string& folder : with_settings(path, context.settings)) out.folders.push_back(std::move(folder));
  for (const std::string& path : granted.files)
    for (std::string& file : with_settings(path, context.settings)) out.files.push_back(std::move(file));
  return context;
}

Result<Capabilities> asked_by(const PluginDescription& plugin) {
  auto asked = parse_capabilities(plugin.capabilities.empty() ? "{}" : plugin.capabilities);
  if (!asked) return asked.error().during("reading what plugin " + plugin.id + " asks for");
  return std::move(asked->capabilities);
}

}  // namespace vestitel
