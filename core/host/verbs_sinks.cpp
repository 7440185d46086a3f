// The verbs of the group sinks: what each serves and how it does, and a trial message through one.
#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/crypto.hpp"
#include "core/base/safe_text.hpp"
#include "core/host/control.hpp"
#include "core/host/hub.hpp"
#include "core/host/present.hpp"
#include "core/host/setup.hpp"
#include "core/host/spending.hpp"
#include "core/host/verbs.hpp"
#include "core/model/identifier.hpp"
#include "core/pipeline/render.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kTitle = "Проба на Вестител / Vestitel: a trial";
constexpr const char* kBody =
    "Това е пробно съобщение. Нищо не е отчетено.\nThis is a trial message. Nothing was reported.\n";

// What the sink says of the one message.
class OneVerdict final : public SettleReceiver {
 public:
  void begin(std::size_t) override {}
  void settle(std::size_t, const Verdict& verdict) override { verdict_ = verdict; }
  [[nodiscard]] const Verdict& verdict() const { return verdict_; }

 private:
  Verdict verdict_;
};

std::string words_of(const std::vector<Channel>& channels) {
  std::string text;
  for (const Channel channel : channels) text += (text.empty() ? "" : ", ") + std::string(to_text(channel));
  return text;
}

// An event that no document reported: a visit of nobody, today.
Event trial_event(Instant now) {
  Event event;
  event.type = EventType::kOutpatient;
  event.occurred = event.reported = now;
  return event;
}

Message trial_message(Channel channel, std::string to, const Clock& clock, Random& random) {
  Message message;
  std::array<std::uint8_t, 16> key{};
  random.fill(key);
  message.idem_key = to_hex(key);  // another one each time: no trial is the repeat of one before
  message.channel = channel;
  message.to = PersonalText(std::move(to));
  message.title = kTitle;
  message.body = kBody;
  append_notice_json(message.data_json, trial_event(clock.now()), false);
  message.locale = "bg";
  message.expires = clock.now() + std::chrono::hours(1);
  return message;
}

int print(Context& context, const std::string& sink, const Verdict& verdict) {
  if (context.json) {
    Json json{{"sink", sink}, {"verdict", to_text(verdict.kind)}};
    if (!verdict.provider_id.empty()) json["provider_id"] = verdict.provider_id;
    if (!verdict.reason.empty()) json["reason"] = verdict.reason;
    context.out << dumped(json) << "\n";
  } else {
    const std::string& more = verdict.reason.empty() ? verdict.provider_id : verdict.reason;
    context.out << sink << ": " << to_text(verdict.kind) << (more.empty() ? "" : ": " + one_line(more)) << "\n";
  }
  return said(context, is_taken(verdict.kind) ? kExitDone : kExitFailed);
}

// The sink's channel that was named, else its first.
Result<Channel> channel_of(const Instance& instance, const std::string& named) {
  const auto& channels = instance.sink->channels;
  if (named.empty()) return channels.front();
  const auto wanted = channel(named);
  if (!wanted || !instance.sink->serves(*wanted))
    return {Failure::kInvalid, "sink " + instance.id + " does not serve that channel; it serves " + words_of(channels)};
  return *wanted;
}

Result<Verdict> try_sink(Context& context, const HubConfig& config, const Instance& instance, Channel channel,
                         std::string to) {
  auto plugin = configured(instance, catalogue_of(config), context.clock);
  if (!plugin) return plugin.error();
  if ((*plugin)->sink() == nullptr) return {Failure::kConfig, "instance " + instance.id + " is no sink"};
  if (auto started = (*plugin)->start(); !started) return started.error();
  const Message message = trial_message(channel, std::move(to), context.clock, context.random);
  OneVerdict out;
  auto sent = (*plugin)->sink()->deliver({&message, 1}, out);
  if (auto stopped = (*plugin)->stop(context.clock.now() + std::chrono::seconds(5)); sent && !stopped) sent = stopped;
  if (!sent && out.verdict().reason.empty()) return sent.error();
  return out.verdict();
}

// Of the sink's channels those on which messages wait for tomorrow.
std::vector<Channel> used_up(const Instance& instance, const std::vector<ChannelToday>& today) {
  std::vector<Channel> channels;
  for (const ChannelToday& one : today)
    if (one.state_of(instance.id) != BudgetState::kOpen) channels.push_back(one.channel);
  return channels;
}

int list_all(Context& context, const HubConfig& config, const std::vector<std::string>& held,
             const std::vector<ChannelToday>& today) {
  const auto running = context.hub == nullptr ? std::vector<SinkStanding>{} : context.hub->sinks();
  for (const Instance& instance : config.instances) {
    if (!instance.sink) continue;
    const auto standing =
        std::find_if(running.begin(), running.end(), [&](const SinkStanding& one) { return one.sink == instance.id; });
    const bool known = standing != running.end();
    const bool trial = instance.sink->trial();
    const Money& price = instance.sink->price;
    const std::string waits = instance.enabled ? words_of(used_up(instance, today)) : "";
    const bool paused = std::find(held.begin(), held.end(), instance.id) != held.end();
    const std::string state = !instance.enabled   ? "disabled"
                              : paused            ? "paused by an operator"
                              : !known            ? "does not run"
                              : standing->failing ? "fails"
                                                  : "works";
    if (context.json) {
      Json json{{"sink", instance.id},
                {"plugin", instance.plugin},
                {"channels", words_of(instance.sink->channels)},
                {"state", state}};
      if (known && !standing->reason.empty()) json["reason"] = standing->reason;
      if (trial) json["redirected"] = true;
      if (!price.currency.empty()) json["price"] = to_text(price);
      if (!waits.empty()) json["budget_used_up"] = waits;
      context.out << dumped(json) << "\n";
      continue;
    }
    context.out << fmt::format("{:<16} {:<16} {:<24} {}{}{}{}{}\n", instance.id, instance.plugin,
                               words_of(instance.sink->channels), state, trial ? ", all to one address (test_to)" : "",
                               price.currency.empty() ? "" : ", " + to_text(price) + " a message",
                               waits.empty() ? "" : ", today's budget used up: " + waits,
                               known && !standing->reason.empty() ? ": " + one_line(standing->reason) : "");
  }
  return said(context, kExitDone);
}

// What is being sent ends; what the hub owes waits, and grows old, until the sink is resumed.
int hold(Context& context, const std::string& sink, bool held) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig& config) -> int {
    const Instance* instance = config.find(sink);
    if (instance == nullptr || !instance->sink)
      return fail(context, {Failure::kNotFound, "steering a sink: no sink instance is called " + one_line(sink) +
                                                    "; `vestitel sinks list` names them"});
    if (auto changed = store.delivery().hold(sink, held); !changed) return fail(context, changed.error());
    const char* done = held ? "paused" : "resumed";
    if (context.json)
      context.out << dumped(Json{{"sink", sink}, {"done", done}}) << "\n";
    else
      context.out << done << "\n";
    return kExitDone;
  });
}

}  // namespace

int verb_sinks_list(Context& context) {
  const LoadedConfig loaded = load(context);
  if (!loaded.config) return loaded.exit;
  if (context.running == nullptr && control_listens(*loaded.config)) return kExitForward;  // it knows how each does
  if (context.running == nullptr && !store_exists(*loaded.config)) return list_all(context, *loaded.config, {}, {});
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    const auto held = look.held_sinks();
    if (!held) return fail(context, held.error());
    const auto spent = look.spent(sofia_date(context.clock.now()));
    if (!spent) return fail(context, spent.error());
    return list_all(context, *loaded.config, *held, channels_today(*loaded.config, *spent));
  });
}

int verb_sinks_pause(Context& context, const std::string& sink) { return hold(context, sink, true); }
int verb_sinks_resume(Context& context, const std::string& sink) { return hold(context, sink, false); }

int verb_sinks_test(Context& context, const SinkTestOptions& options) {
  const LoadedConfig loaded = load(context);
  if (!loaded.config) return loaded.exit;
  const Instance* instance = loaded.config->find(options.sink);
  if (instance == nullptr || !instance->sink)
    return fail(context, {Failure::kNotFound, "trying a sink: no instance of that id is one; see vestitel sinks list"});
  // A second session would be given receipts that are the hub's, and lose them.
  if (instance->sink->receipts.count() > 0 && control_listens(*loaded.config))
    return fail(context,
                {Failure::kConflict, "trying a sink: sink " + instance->id +
                                         " has receipts, and the hub is to have them all; stop the hub first"});
  const auto channel = channel_of(*instance, options.channel);
  if (!channel) return fail(context, channel.error());
  if (auto ours = store_is_ours(*loaded.config); !ours) return fail(context, ours.error());
  std::string to = options.to;
  if (to == "-") std::getline(context.in, to);
  if (to.empty()) return fail(context, {Failure::kInvalid, "trying a sink: an address is missing"});
  const auto verdict = try_sink(context, *loaded.config, *instance, *channel, std::move(to));
  return verdict ? print(context, instance->id, *verdict) : fail(context, verdict.error());
}

}  // namespace vestitel
