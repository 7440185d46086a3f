#include "core/host/inbox.hpp"

#include "core/api/inbox_auth.hpp"
#include "core/host/setup.hpp"

namespace vestitel {

InboxSettings inbox_settings(const HubConfig& config, std::set<std::string> readers) {
  const InboxConfig& inbox = config.inbox;
  InboxSettings settings;
  settings.host = inbox.host;
  settings.port = inbox.port;
  settings.certificate = inbox.certificate;
  settings.key = inbox.key;
  settings.client_ca = inbox.client_ca;
  settings.instances = std::move(readers);
  settings.limits.max_size = inbox.max_size;
  settings.limits.connections = inbox.max_connections;
  settings.limits.per_address = inbox.max_per_address;
  return settings;
}

ProviderEntry provider_entry(const CallbackConfig& callback, ProviderCallTaker& taker) {
  return {digest_of_secret(callback.secret.reveal()), callback.from, callback.answer, &taker};
}

Result<std::unique_ptr<HubInbox>> HubInbox::create(const HubConfig& config, std::set<std::string> readers,
                                                   PartnerStore& partners, ProviderEntries providers,
                                                   const Clock& clock) {
  std::unique_ptr<HubInbox> inbox;
  if (config.inbox.host.empty()) return inbox;
  inbox.reset(new HubInbox(config, clock));
  InboxHome home{&partners, &inbox->desk_,       &clock, [config] { return room_for_intake(config); },
                 {},        std::move(providers)};
  auto server = InboxServer::create(inbox_settings(config, std::move(readers)), std::move(home));
  if (!server) return server.error();
  inbox->server_ = std::move(*server);
  return inbox;
}

}  // namespace vestitel
