#include "core/host/hub.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "core/base/log.hpp"
#include "core/host/drop_places.hpp"
#include "core/host/setup.hpp"

namespace vestitel {
namespace {

constexpr std::chrono::seconds kRenew{10};
constexpr std::size_t kMostOverdue = 10'000;  // receipts, at a time

// Said when it happens, once a day for each channel of a sink.
void say_budget_used_up(const BudgetUsedUp& one) {
  log::warning("budget_used_up", {{"channel", to_text(one.channel)},
                                  {"sink", one.sink},
                                  {"day", to_text(one.day)},
                                  {"waits", one.urgent_too ? "every message" : "all but urgent messages"}});
}

}  // namespace

Hub::Hub(const HubConfig& config, sqlite::Store& store, const Clock& clock, Random& random)
    : config_(config), store_(store), clock_(clock), random_(random), quarantine_(store.look()) {}

Hub::~Hub() { stop(); }

Result<std::unique_ptr<Hub>> Hub::create(const HubConfig& config, sqlite::Store& store, const Clock& clock,
                                         Random& random) {
  std::unique_ptr<Hub> hub(new Hub(config, store, clock, random));
  auto pipeline = build_pipeline(config);
  if (!pipeline.ok()) return Error{Failure::kConfig, to_text(pipeline.errors)};
  hub->pipeline_ = std::move(pipeline.pipeline);
  hub->router_ = std::make_unique<Router>(store.routing(), hub->pipeline_, clock);
  hub->router_worker_ = std::make_unique<RouterWorker>(*hub->router_, [raw = hub.get()] {
    for (SinkHome& sink : raw->sinks_) sink.worker->wake();
  });
  const Catalogue catalogue = catalogue_of(config);
  for (const Instance& instance : config.instances)
    if (instance.enabled)
      if (auto added = hub->add(instance, catalogue); !added) return added.error();
  auto inbox = HubInbox::create(config, hub->readers_, store.partners(), std::move(hub->providers_), clock);
  if (!inbox) return inbox.error();
  hub->inbox_ = std::move(*inbox);
  return hub;
}

Result<> Hub::add(const Instance& instance, const Catalogue& catalogue) {
  Lent backing;
  backing.metrics = &metrics_;
  backing.subjects = &store_.subjects();
  backing.kv = &store_.kv();
  if (instance.sink && instance.sink->has_receipts())
    backing.receipts = receipts_
                           .emplace_back(std::make_unique<ReceiptGate>(
                               store_.delivery(), clock_, instance.sink->dead_share, instance.sink->silence_is_fine))
                           .get();
  auto plugin = configured(instance, catalogue, clock_, backing);
  if (!plugin) return plugin.error();
  if ((*plugin)->sink() != nullptr) return add_sink(instance, std::move(*plugin));
  if ((*plugin)->reader() != nullptr || (*plugin)->feed() != nullptr) return add_source(instance, std::move(*plugin));
  return {Failure::kConfig, "instance " + instance.id + ": the plugin is neither a reader nor a feed nor a sink"};
}

Result<> Hub::add_source(const Instance& instance, std::unique_ptr<PluginInstance> plugin) {
  Source source;
  if (Reader* reader = plugin->reader()) {
    readers_.insert(instance.id);
    source.intake = std::make_unique<DocumentIntake>(store_.intake(), *reader, rules_with(clock_, store_.partners()));
    source.folder = folders_of(instance, *source.intake);
  }
  if (Feed* feed = plugin->feed()) {
    const auto asked = asked_by(plugin->description());
    source.feed = feed_of(instance, *feed, asked ? asked->kv_bytes : 0);
  }
  source.plugin = std::move(plugin);
  sources_.push_back(std::move(source));
  return Done{};
}

std::unique_ptr<FolderWorker> Hub::folders_of(const Instance& instance, DocumentIntake& intake) {
  const auto places = std::make_shared<DropPlaces>(config_, instance, store_.partners(), intake, quarantine_, clock_);
  FolderHooks hooks;
  hooks.places = [places] { return places->now(); };
  hooks.room = [this] { return room_for_intake(config_); };
  hooks.sealed = [this] { router_worker_->wake(); };
  return std::make_unique<FolderWorker>(instance.id, std::move(hooks));
}

std::unique_ptr<FeedWorker> Hub::feed_of(const Instance& instance, Feed& feed, std::uint64_t kv_quota) {
  const FeedConfig config = instance.feed.value_or(FeedConfig{});
  FeedSettings settings;
  settings.instance = instance.id;
  settings.schedule = config.schedule;
  settings.jitter = config.jitter;
  settings.max_events = config.max_events;
  settings.catch_up = config.catch_up;
  settings.baseline = config.baseline;
  settings.kv_quota = kv_quota;
  FeedHooks hooks{validate_with(clock_), [this] { return room_for_intake(config_); },
                  [this] { router_worker_->wake(); }};
  return std::make_unique<FeedWorker>(feed, store_.feeds(), clock_, random_, std::move(settings), std::move(hooks));
}

Result<> Hub::add_sink(const Instance& instance, std::unique_ptr<PluginInstance> plugin) {
  const SinkConfig config = instance.sink.value_or(SinkConfig{});
  SinkWorkerSettings settings;
  settings.sink = instance.id;
  settings.batch = config.batch;
  settings.policy = {config.retry.base, config.retry.cap, config.retry.max_attempts};
  settings.dead_share = config.dead_share;
  settings.test_to = config.test_to;
  if (config.trial()) log::warning("sink_redirected", {{"sink", instance.id}});
  settings.silence_is_fine = config.silence_is_fine;
  settings.unknown = config.unknown;
  settings.receipts_every = config.receipts_every;
  settings.rate_count = config.rate.count;
  settings.rate_per = config.rate.per;
  if (config.has_receipts()) settings.receipts_within = std::chrono::ceil<std::chrono::seconds>(config.receipts);
  SinkHome home;
  home.worker = std::make_unique<SinkWorker>(*plugin->sink(), store_.delivery(), clock_, random_, std::move(settings));
  if (auto let = let_provider_call(instance, *plugin->sink(), *home.worker); !let) return let;
  home.plugin = std::move(plugin);
  sinks_.push_back(std::move(home));
  return Done{};
}

Result<> Hub::let_provider_call(const Instance& instance, const Sink& sink, SinkWorker& worker) {
  const CallbackConfig callback = instance.sink.value_or(SinkConfig{}).callback;
  if (callback.secret.reveal().empty()) return Done{};
  if (!sink.limits().hears_callbacks)
    return {Failure::kConfig, "instance " + instance.id + ": sink.callback: its plugin hears no callbacks"};
  if (!instance.sink->trial() && !instance.sink->has_receipts())
    return {Failure::kConfig, "instance " + instance.id + ": sink.callback: without sink.receipts nothing is taken"};
  if (config_.inbox.host.empty())
    return {Failure::kConfig, "instance " + instance.id + ": sink.callback: there is no inbox.listen to call at"};
  providers_[instance.id] = provider_entry(callback, worker);
  return Done{};
}

Result<> Hub::start() {
  for (SinkHome& sink : sinks_)
    if (auto enrolled = sink.worker->enroll(); !enrolled) return enrolled;
  auto voided = store_.delivery().void_own_leases();
  if (!voided) return voided.error();
  if (*voided > 0) log::warning("leases_voided", {{"messages", *voided}});
  if (auto pruned = store_.intake().prune_rejected(); !pruned) return pruned;
  if (auto set = store_.delivery().limit_spending(config_.spending(), say_budget_used_up); !set) return set;
  for (SinkHome& sink : sinks_) {
    if (auto started = sink.plugin->start(); !started) return started.error().during("starting " + sink.worker->name());
    sink.worker->start();
  }
  router_worker_->start();
  for (Source& source : sources_) {
    if (auto started = source.plugin->start(); !started) return started;
    if (source.folder) source.folder->start();
    if (source.feed) source.feed->start();
  }
  if (inbox_)
    if (auto started = inbox_->start(); !started) return started;
  leases_ = std::jthread([this](const std::stop_token& stop) { keep_leases(stop); });
  log::info("hub_started", {{"sources", sources_.size()}, {"sinks", sinks_.size()}});
  return Done{};
}

void Hub::keep_leases(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kRenew, [] { return false; });
    if (stop.stop_requested()) return;
    if (auto renewed = store_.delivery().renew_leases(); !renewed)
      log::error("leases_lost", {{"reason", renewed.error().message}});
    auto overdue = store_.delivery().note_overdue(kMostOverdue);
    if (!overdue) log::error("receipts_put_off", {{"reason", overdue.error().message}});
    if (overdue && *overdue > 0) log::info("receipts_overdue", {{"messages", *overdue}});
  }
}

void Hub::stop() {
  for (SinkHome& sink : sinks_) sink.worker->close_to_calls();  // the inbox waits for what was called in
  if (inbox_) inbox_->stop();
  for (Source& source : sources_) {
    if (source.feed) source.feed->begin_stop();
    source.plugin->cancel();
    if (source.folder) source.folder->stop();
    if (source.feed) source.feed->stop();
  }
  if (router_worker_) router_worker_->stop();
  stop_sinks();
  leases_.request_stop();
  if (leases_.joinable()) leases_.join();
}

// All drain at the same time: however many hang, the stop takes one `limits.drain`.
void Hub::stop_sinks() {
  const Micros until = clock_.monotonic() + config_.limits.drain;
  for (SinkHome& sink : sinks_) sink.worker->begin_stop();
  for (SinkHome& sink : sinks_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.monotonic());
    sink.worker->stop(std::max(left, std::chrono::milliseconds(0)));
  }
}

std::vector<SinkStanding> Hub::sinks() const {
  std::vector<SinkStanding> standings;
  standings.reserve(sinks_.size());
  for (const SinkHome& sink : sinks_) standings.push_back(sink.worker->standing());
  return standings;
}

std::vector<FeedStanding> Hub::feeds() const {
  std::vector<FeedStanding> standings;
  for (const Source& source : sources_)
    if (source.feed) standings.push_back(source.feed->standing());
  return standings;
}

bool Hub::steer(std::string_view feed) {
  for (Source& source : sources_) {
    if (!source.feed || source.feed->name() != feed) continue;
    source.feed->steer();
    return true;
  }
  return false;
}

bool Hub::idle() const {
  for (const Source& source : sources_)
    if ((source.folder && !source.folder->idle()) || (source.feed && !source.feed->idle())) return false;
  if (!router_worker_->idle()) return false;
  for (const SinkHome& sink : sinks_)
    if (!sink.worker->idle()) return false;
  return true;
}

}  // namespace vestitel
