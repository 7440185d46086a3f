// `vestitel explain`: why somebody was, or was not, told.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "core/host/present.hpp"
#include "core/host/spending.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::ordered_json;

// Of what is owed and due, that which waits because a channel's budget of today is used up: number and why.
std::vector<std::pair<std::int64_t, std::string>> waiting(Context& context, LookStore& look, const Explanation& told) {
  const Instant now = context.clock.now();
  std::vector<std::pair<std::int64_t, std::string>> list;
  std::vector<ChannelToday> all;
  for (const DeliveryRow& row : told.deliveries) {
    if (row.state != "ready" || row.due > now) continue;
    if (all.empty()) {
      const auto loaded = load(context);
      const auto spent = look.spent(sofia_date(now));
      if (!loaded.config || !spent) return {};
      all = channels_today(*loaded.config, *spent);
    }
    for (const ChannelToday& today : all)
      if (today.channel == row.channel && today.state_of(row.sink) != BudgetState::kOpen)
        list.emplace_back(row.id, line_of(today));
  }
  return list;
}

}  // namespace

int explain_event(Context& context, LookStore& look, EventId id) {
  auto told = look.explain(id);
  if (!told) return fail(context, told.error());
  if (!*told) return fail(context, {Failure::kNotFound, "explaining " + to_text(id) + ": there is no such event"});
  Json json = to_json(**told);
  std::string text = text_of(**told);
  for (const auto& [delivery, why] : waiting(context, look, **told)) {
    json["waits"].push_back({{"delivery", delivery}, {"for", "budget"}, {"reason", why}});
    text += fmt::format("waits      {}: {}\n", delivery, why);
  }
  context.out << (context.json ? dumped(json) + "\n" : text);
  if ((*told)->event.unreadable)
    return fail(context, {Failure::kInternal, "explaining " + to_text(id) + ": its content does not open"});
  return kExitDone;
}

int verb_explain(Context& context, const std::string& what, const std::string& id_type) {
  if (!parse_event_id(what) && !names_person(what))
    return wrong_word(context,
                      "explaining: an event (e-1-7), a person (p-3), or - with an identifier as one line on standard "
                      "input expected");
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys& people) -> int {
    if (const auto id = parse_event_id(what)) return explain_event(context, look, *id);
    const auto person = person_meant(context, people, what, id_type);
    if (!person) return fail(context, person.error());
    const auto events = look.events_of(*person);
    if (!events) return fail(context, events.error());
    if (events->empty() && !context.json)
      context.out << "nothing has been reported in the name of " << person_text(*person) << "\n";
    for (const EventId id : *events)
      if (const int exit = explain_event(context, look, id); exit != kExitDone) return exit;
    return kExitDone;
  });
}

}  // namespace vestitel
