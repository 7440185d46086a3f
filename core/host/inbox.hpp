// The inbox as the configuration has it.
#pragma once
#include <memory>
#include <set>
#include <string>

#include "core/api/inbox_server.hpp"
#include "core/config/config.hpp"

namespace vestitel {

// `readers`: the ids of the instances that documents may be delivered to.
InboxSettings inbox_settings(const HubConfig& config, std::set<std::string> readers);

// Lets the provider of a sink call for it.
ProviderEntry provider_entry(const CallbackConfig& callback, ProviderCallTaker& taker);

class HubInbox {
 public:
  // Nothing where no inbox is configured. Borrows all.
  static Result<std::unique_ptr<HubInbox>> create(const HubConfig& config, std::set<std::string> readers,
                                                  PartnerStore& partners, ProviderEntries providers,
                                                  const Clock& clock);
  Result<> start() { return server_->start(); }
  // What is coming in may end within a quarter of what the whole stop may take.
  void stop() { server_->stop(grace_); }

 private:
  HubInbox(const HubConfig& config, const Clock& clock) : desk_(config.store, clock), grace_(config.limits.drain / 4) {}
  InboxDesk desk_;
  const std::chrono::milliseconds grace_;
  std::unique_ptr<InboxServer> server_;
};

}  // namespace vestitel
