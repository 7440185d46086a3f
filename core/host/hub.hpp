// The running hub: plugin instances, a worker for each drop folder, feed and sink, the router between them.
//
// Started from the sinks backwards, so that nothing is taken in before it can leave, the inbox last; stopped the other
// way round.
#pragma once
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/config/config.hpp"
#include "core/delivery/receipt_gate.hpp"
#include "core/delivery/sink_worker.hpp"
#include "core/host/inbox.hpp"
#include "core/intake/document_intake.hpp"
#include "core/intake/feed_worker.hpp"
#include "core/intake/folder_worker.hpp"
#include "core/intake/receipt.hpp"
#include "core/intake/rules.hpp"
#include "core/pipeline/choose.hpp"
#include "core/plugin/catalogue.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/services/metrics.hpp"
#include "core/routing/router_worker.hpp"
#include "core/store/sqlite/store.hpp"

namespace vestitel {

// What a receipt needs, from what staff may ask.
class StoreQuarantine final : public QuarantineLister {
 public:
  explicit StoreQuarantine(LookStore& look) : look_(look) {}
  Result<std::vector<QuarantineRow>> quarantined(std::int64_t document, std::int64_t after,
                                                 std::size_t limit) override {
    return look_.quarantine(document, {after, limit});
  }

 private:
  LookStore& look_;
};

class Hub {
 public:
  // Borrows the store and the clock. Every instance is created and configured here, none started.
  static Result<std::unique_ptr<Hub>> create(const HubConfig& config, sqlite::Store& store, const Clock& clock,
                                             Random& random);
  ~Hub();

  Result<> start();
  void stop();  // in order; running sends may end within limits.drain

  [[nodiscard]] std::vector<SinkStanding> sinks() const;  // how each of them does. Thread: any, between start and stop

  [[nodiscard]] std::vector<FeedStanding> feeds() const;  // as sinks()
  // The checkpoint of a feed was changed in the store. False: no such feed runs. Thread: any, as above.
  bool steer(std::string_view feed);

  // The figures that plugins keep, in the text form of Prometheus. Thread: any.
  [[nodiscard]] std::string metrics() const { return metrics_.text(); }

  // True when there is nothing waiting, nothing to route and nothing due: the demo ends then.
  [[nodiscard]] bool idle() const;

 private:
  struct Source {
    std::unique_ptr<PluginInstance> plugin;
    std::unique_ptr<DocumentIntake> intake;
    std::unique_ptr<FolderWorker> folder;  // null: it is no reader
    std::unique_ptr<FeedWorker> feed;      // null: it is no feed
  };
  struct SinkHome {
    std::unique_ptr<PluginInstance> plugin;
    std::unique_ptr<SinkWorker> worker;
  };

  Hub(const HubConfig& config, sqlite::Store& store, const Clock& clock, Random& random);
  Result<> add(const Instance& instance, const Catalogue& catalogue);
  Result<> add_source(const Instance& instance, std::unique_ptr<PluginInstance> plugin);
  std::unique_ptr<FolderWorker> folders_of(const Instance& instance, DocumentIntake& intake);
  std::unique_ptr<FeedWorker> feed_of(const Instance& instance, Feed& feed, std::uint64_t kv_quota);
  Result<> add_sink(const Instance& instance, std::unique_ptr<PluginInstance> plugin);
  Result<> let_provider_call(const Instance& instance, const Sink& sink, SinkWorker& worker);
  void stop_sinks();
  void keep_leases(const std::stop_token& stop);

  const HubConfig config_;
  sqlite::Store& store_;
  const Clock& clock_;
  Random& random_;
  Pipeline pipeline_;
  StoreQuarantine quarantine_;
  PluginMetrics metrics_;  // outlives the instances
  std::unique_ptr<Router> router_;
  std::unique_ptr<RouterWorker> router_worker_;
  std::vector<std::unique_ptr<ReceiptGate>> receipts_;  // outlive the instances
  std::vector<SinkHome> sinks_;
  std::vector<Source> sources_;
  std::set<std::string> readers_;    // ids of the sources that read documents
  ProviderEntries providers_;        // until the inbox has them
  std::unique_ptr<HubInbox> inbox_;  // null: none is configured
  std::jthread leases_;
};

}  // namespace vestitel
