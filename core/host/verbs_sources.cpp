// The verbs of the group sources: how each stands, and what steers a feed. They change the store, and tell the feed's
// worker where a hub runs.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/safe_text.hpp"
#include "core/host/control.hpp"
#include "core/host/hub.hpp"
#include "core/host/present.hpp"
#include "core/host/setup.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kByOperator = "an operator paused it";

std::string second(Instant t) { return to_text(t).substr(0, 19) + "Z"; }

struct SourceRow {
  std::string id;
  bool feed = false;
  std::string state, reason;
  std::optional<Instant> due;
  FeedCheckpoint at;
};

std::optional<FeedStanding> standing_of(const Context& context, const std::string& id) {
  if (context.hub == nullptr) return std::nullopt;
  const auto all = context.hub->feeds();
  const auto found = std::find_if(all.begin(), all.end(), [&](const FeedStanding& one) { return one.feed == id; });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

SourceRow row_of(const Context& context, const Instance& instance, FeedCheckpoint at) {
  SourceRow row;
  row.id = instance.id;
  const auto standing = standing_of(context, instance.id);
  row.feed = standing || instance.feed || at.revision > 0 || at.pause != FeedPause::kNone;
  row.state = !instance.enabled ? "disabled" : context.hub != nullptr ? "runs" : "does not run";
  if (standing) {
    row.state = to_text(standing->state);
    row.reason = standing->reason;
    row.due = standing->due;
  } else if (at.pause != FeedPause::kNone) {
    row.state = to_text(FeedState::kPaused);
    row.reason = at.reason;
  }
  row.at = std::move(at);
  return row;
}

void print(Context& context, const SourceRow& row) {
  if (context.json) {
    Json json{{"source", row.id}, {"kind", row.feed ? "feed" : "reader"}, {"state", row.state}};
    if (!row.reason.empty()) json["reason"] = row.reason;
    if (row.due) json["due"] = to_text(*row.due);
    if (row.at.moved) json["moved"] = to_text(*row.at.moved);
    if (row.at.ended) json["ended"] = to_text(*row.at.ended);
    context.out << dumped(json) << "\n";
    return;
  }
  std::string text = fmt::format("{:<16} {:<7} {}", row.id, row.feed ? "feed" : "reader", row.state);
  if (row.due) text += ", next poll " + second(*row.due);
  if (row.at.moved) text += ", cursor of " + second(*row.at.moved);
  if (row.at.ended) text += ", up to date at " + second(*row.at.ended);
  if (!row.reason.empty()) text += ": " + one_line(row.reason);
  context.out << text << "\n";
}

int list_all(Context& context, const std::vector<FeedRow>& feeds, const HubConfig& config) {
  for (const Instance& instance : config.instances) {
    if (instance.sink) continue;
    const auto of_it = [&](const FeedRow& one) { return one.feed == instance.id; };
    const auto found = std::find_if(feeds.begin(), feeds.end(), of_it);
    print(context, row_of(context, instance, found == feeds.end() ? FeedCheckpoint{} : found->at));
  }
  return kExitDone;
}

// Runs `use` on a feed that the configuration names.
int with_feed(Context& context, const std::string& id,
              const std::function<int(sqlite::SqliteFeeds&, const FeedCheckpoint&)>& use) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig& config) -> int {
    const Instance* instance = config.find(id);
    if (instance == nullptr || instance->sink)
      return fail(context, {Failure::kNotFound, "steering a source: no source instance is called " + one_line(id) +
                                                    "; `vestitel sources list` names them"});
    const auto at = store.feeds().checkpoint(id);
    if (!at) return fail(context, at.error());
    if (instance->reader && !row_of(context, *instance, *at).feed)
      return fail(context, {Failure::kInvalid, "steering a source: " + id +
                                                   " is a reader, which has no cursor and no pause; `enabled: false` "
                                                   "in its file stops it"});
    return use(store.feeds(), *at);
  });
}

int steered(Context& context, const std::string& id, const Result<>& changed, const char* said) {
  if (!changed) return fail(context, changed.error());
  if (context.hub != nullptr) (void)context.hub->steer(id);
  if (context.json)
    context.out << dumped(Json{{"source", id}, {"done", said}}) << "\n";
  else
    context.out << said << "\n";
  return kExitDone;
}

void print_cursor(Context& context, const std::string& id, const FeedCheckpoint& at) {
  if (!context.json) {
    context.out << (at.cursor.empty() ? "(none: from the start)" : one_line(at.cursor)) << "\n";
    return;
  }
  Json json{{"source", id}, {"cursor", at.cursor}};
  if (at.moved) json["moved"] = to_text(*at.moved);
  context.out << dumped(json) << "\n";
}

}  // namespace

int verb_sources_list(Context& context) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  if (context.running == nullptr && control_listens(*loaded.config)) return kExitForward;  // it knows how each does
  if (context.running == nullptr && !store_exists(*loaded.config)) return list_all(context, {}, *loaded.config);
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    const auto feeds = look.feeds();
    return feeds ? list_all(context, *feeds, *loaded.config) : fail(context, feeds.error());
  });
}

int verb_sources_pause(Context& context, const std::string& source) {
  return with_feed(context, source, [&](sqlite::SqliteFeeds& feeds, const FeedCheckpoint&) {
    return steered(context, source, feeds.pause(source, FeedPause::kByOperator, kByOperator), "paused");
  });
}

int verb_sources_resume(Context& context, const std::string& source) {
  return with_feed(context, source, [&](sqlite::SqliteFeeds& feeds, const FeedCheckpoint&) {
    return steered(context, source, feeds.pause(source, FeedPause::kNone, ""), "resumed");
  });
}

int verb_sources_cursor(Context& context, const std::string& source, const std::optional<std::string>& set, bool yes) {
  if (set && !yes)
    return wrong_word(context,
                      "sources cursor --set: the feed goes on from there; what lies between is read again, or never. "
                      "--yes says that this is meant");
  if (set && set->size() > kMaxCursor) return wrong_word(context, "sources cursor --set: more than 64 KiB");
  return with_feed(context, source, [&](sqlite::SqliteFeeds& feeds, const FeedCheckpoint& at) -> int {
    if (set) return steered(context, source, feeds.set_cursor(source, *set), "set");
    print_cursor(context, source, at);
    return kExitDone;
  });
}

}  // namespace vestitel
