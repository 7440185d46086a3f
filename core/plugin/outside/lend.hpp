// Makes of what was granted to a plugin what its instance is lent.
#pragma once
#include "core/plugin/instance.hpp"
#include "core/plugin/outside/http_client.hpp"
#include "core/plugin/package/manifest.hpp"

namespace vestitel {

// The context less what was not granted, and with the ways out that were: of the secrets only those that were named,
// without any the service is withheld; of hosts those that were, with the settings of the context put in; the store of
// its own, the subjects, http and connect only where they were asked for.
HostContext lent(HostContext context, const Capabilities& granted, const HttpOptions& http = {});

// What a plugin's own descriptor asks for: the grant of one that an administrator put into the plugin folder.
Result<Capabilities> asked_by(const PluginDescription& plugin);

}  // namespace vestitel
