// `vestitel dead-letters replay`: says first what it would come to, and asks to be told twice where that is money.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/host/present.hpp"
#include "core/host/spending.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

constexpr const char* kAction = "replaying a dead letter";

// The letters that were named, each once; nothing where one of them is none, which has been told.
std::optional<std::vector<DeadLetter>> named(Context& context, LookStore& look, std::vector<std::int64_t> ids,
                                             int& exit) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<DeadLetter> letters;
  for (const std::int64_t id : ids) {
    const auto row = look.delivery(id);
    if (row && *row && is_dead_letter(**row)) {
      letters.push_back({id, (*row)->sink, (*row)->channel});
      continue;
    }
    exit = row ? not_dead(context, look, id, kAction) : fail(context, row.error());
    return std::nullopt;
  }
  return letters;
}

void show(Context& context, const ReplayPlan& plan, bool done, std::int64_t replayed) {
  if (context.json) {
    nlohmann::ordered_json json{{"done", done}};
    if (plan.messages != 1 || !plan.free()) {
      json.update(to_json(plan));
      json["replayed"] = replayed;
    }
    context.out << dumped(json) << "\n";
    return;
  }
  if (plan.messages != 1 || !plan.free()) context.out << text_of(plan);
  if (done) context.out << (plan.messages == 1 ? "done\n" : fmt::format("replayed {}\n", replayed));
}

int replay(Context& context, LookStore& look, const ReplayPlan& plan, const std::vector<DeadLetter>& letters,
           bool yes) {
  if (plan.asks() && !yes) {
    show(context, plan, false, 0);
    return fail(context, {Failure::kDenied,
                          "replaying dead letters: nothing was replayed; it costs money or goes beyond the budget of "
                          "today. --yes says that this is meant"});
  }
  std::vector<std::int64_t> ids;
  ids.reserve(letters.size());
  for (const DeadLetter& letter : letters) ids.push_back(letter.id);
  const auto replayed = look.replay(ids);
  if (!replayed) return fail(context, replayed.error());
  show(context, plan, true, *replayed);
  return kExitDone;
}

}  // namespace

int verb_dead_letters_replay(Context& context, const ReplayOptions& options) {
  if (options.ids.empty() != options.all)
    return wrong_word(context, "dead-letters replay: numbers of deliveries, or --all; not both, and not neither");
  if (!options.channel.empty() && !options.all)
    return wrong_word(context, "dead-letters replay: --channel says which of --all");
  return with_store(context, [&](sqlite::Store& store, const HubConfig& config) -> int {
    LookStore& look = store.look();
    int exit = kExitDone;
    std::optional<std::vector<DeadLetter>> letters;
    if (options.all) {
      auto all = look.dead_letters(channel(options.channel));
      if (!all) return fail(context, all.error());
      letters = std::move(*all);
    } else {
      letters = named(context, look, options.ids, exit);
    }
    if (!letters) return exit;
    const auto spent = look.spent(sofia_date(context.clock.now()));
    if (!spent) return fail(context, spent.error());
    return replay(context, look, replay_plan(config, *letters, *spent), *letters, options.yes);
  });
}

}  // namespace vestitel
