#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <thread>

#include "core/host/control.hpp"
#include "core/host/present.hpp"
#include "core/host/spending.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::ordered_json;

template <class Row>
void print(Context& context, const Row& row) {
  if (context.json)
    context.out << dumped(to_json(row)) << "\n";
  else
    context.out << line_of(row) << "\n";
}

void print(Context& context, const Event& event) {
  context.out << (context.json ? dumped(cloud_event(event)) : line_of(event)) << "\n";
}

// Prints what can be read, and tells of the rest: one bad body hides no other event.
class Events {
 public:
  explicit Events(Context& context) : context_(context) {}
  void show(const std::vector<Event>& events) {
    for (const Event& event : events) {
      print(context_, event);
      unreadable_ += event.unreadable ? 1 : 0;
    }
    context_.out.flush();
  }
  [[nodiscard]] int end() const {
    if (unreadable_ == 0) return kExitDone;
    return fail(context_, {Failure::kInternal,
                           fmt::format("reading events: the content of {} of them does not open", unreadable_)});
  }

 private:
  Context& context_;
  std::int64_t unreadable_ = 0;
};

template <class Rows>
int print_all(Context& context, const Result<Rows>& rows) {
  if (!rows) return fail(context, rows.error());
  for (const auto& row : *rows) print(context, row);
  return kExitDone;
}

// ---- the hub that runs beside, asked through its socket --------------------------------------------------------

constexpr std::chrono::milliseconds kPatience{1'000};  // it may be at work on another verb

// "hub": not running, running with what its sinks and feeds say, or running and too busy to say it.
Json hub_json(const HubConfig& config) {
  if (!control_listens(config)) return {{"running", false}};
  ControlRequest request;
  request.standings = true;
  const auto answer = ask_hub(config, request, kPatience);
  Json said = answer ? Json::parse(answer->out, nullptr, false) : Json();
  if (!said.is_object()) said = {{"sinks", Json()}, {"feeds", Json()}};
  return {{"running", true}, {"sinks", said.value("sinks", Json())}, {"feeds", said.value("feeds", Json())}};
}

std::string hub_text(const Json& hub) {
  if (!hub.at("running").get<bool>()) return "hub            does not run\n";
  if (hub.at("sinks").is_null())
    return "hub            runs, and is carrying out a verb: how its sinks and feeds do stands in its log\n";
  std::string text = "hub            runs\n";
  for (const Json& sink : hub.at("sinks"))
    text += text_of(SinkStanding{sink.value("sink", ""), sink.value("failing", false),
                                 std::chrono::seconds(sink.value("failing_for_s", std::int64_t{0})),
                                 std::chrono::seconds(sink.value("paused_for_s", std::int64_t{0})),
                                 sink.value("reason", "")});
  for (const Json& feed : hub.at("feeds"))
    text += feed_text(feed.value("feed", ""), feed.value("state", ""), feed.value("due", ""), feed.value("reason", ""));
  return text;
}

}  // namespace

int verb_status(Context& context) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    const auto status = look.status();
    if (!status) return fail(context, status.error());
    const auto loaded = load(context);
    if (!loaded.config) return loaded.exit;
    const Date day = sofia_date(context.clock.now());
    const auto spent = look.spent(day);
    if (!spent) return fail(context, spent.error());
    const Json hub = hub_json(*loaded.config);
    Json json = to_json(*status);
    json["today"] = {{"day", to_text(day)}, {"channels", Json::array()}};
    std::string text = text_of(*status);
    for (const ChannelToday& today : channels_today(*loaded.config, *spent)) {
      json["today"]["channels"].push_back(to_json(today));
      text += line_of(today) + '\n';
    }
    json["hub"] = hub;
    context.out << (context.json ? dumped(json) + "\n" : text + hub_text(hub));
    return static_cast<int>(kExitDone);
  });
}

int verb_metrics(Context& context) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  if (!control_listens(*loaded.config))
    return fail(context, {Failure::kNotFound, "asking for metrics: the hub does not run"});
  ControlRequest request;
  request.metrics = true;
  const auto answer = ask_hub(*loaded.config, request);
  if (!answer) return fail(context, answer.error());
  if (!context.json) {
    context.out << answer->out;
    return answer->exit;
  }
  Json lines = Json::array();
  std::istringstream text(answer->out);
  for (std::string line; std::getline(text, line);)
    if (!line.starts_with('#'))
      lines.push_back({{"metric", line.substr(0, line.rfind(' '))}, {"value", line.substr(line.rfind(' ') + 1)}});
  context.out << dumped(lines) << "\n";
  return answer->exit;
}

int verb_documents(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    return print_all(context, look.documents({options.after, options.limit}));
  });
}

int verb_events(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    const auto rows = look.events({options.after, options.limit});
    if (!rows) return fail(context, rows.error());
    Events events(context);
    events.show(*rows);
    return events.end();
  });
}

int verb_deliveries(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    return print_all(context, look.deliveries(options.state, {options.after, options.limit}));
  });
}

// Follows in the order of sealing: a document that was begun early and sealed late is not passed by.
int verb_tail(Context& context, std::size_t lines, bool follow) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    auto from = look.last_sealed();
    if (!from) return fail(context, from.error());
    auto last = look.last_events(lines);
    if (!last) return fail(context, last.error());
    Events events(context);
    events.show(*last);
    if (!last->empty()) from = SealPosition{last->back().seal, last->back().id};
    while (follow && context.out.good()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      const auto more = look.events_sealed_after(*from, 1'000);
      if (!more) return fail(context, more.error());
      events.show(*more);
      if (!more->empty()) from = SealPosition{more->back().seal, more->back().id};
    }
    return events.end();
  });
}

std::string input_line(Context& context) {
  std::string line;
  std::getline(context.in, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

bool names_person(const std::string& what) { return what == "-" || parse_person(what).has_value(); }

int wrong_word(Context& context, const std::string& message) {
  fail(context, {Failure::kInvalid, message});
  return kExitUsage;
}

Result<PersonId> person_meant(Context& context, sqlite::PersonKeys& people, const std::string& what,
                              const std::string& id_type) {
  if (const auto person = parse_person(what)) {
    auto keys = people.keys_of({&*person, 1});
    if (!keys) return keys.error();
    if (keys->front() == nullptr) return {Failure::kNotFound, "finding a person: there is no " + person_text(*person)};
    return *person;
  }
  auto type = identifier_type(id_type);
  if (!type) return type.error();
  if (context.terminal) context.err << "identifier (" << id_type << "): " << std::flush;
  const std::string value = input_line(context);
  auto found = people.find({*type, value});
  if (!found) return found.error();
  if (!*found) return {Failure::kNotFound, "finding a person: nobody with this identifier is known"};
  return (*found)->id;
}

int verb_store_check(Context& context) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    const auto books = look.books();
    if (!books) return fail(context, books.error());
    context.out << (context.json ? dumped(to_json(*books)) + "\n" : text_of(*books));
    return books->balanced() ? kExitDone : kExitFailed;
  });
}

// ---- what is held back ----------------------------------------------------------------------------------------

int verb_quarantine_list(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    return print_all(context, look.quarantine(options.document, {options.after, options.limit}));
  });
}

int verb_quarantine_show(Context& context, std::int64_t id) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    const auto row = look.quarantined(id);
    if (!row) return fail(context, row.error());
    if (!*row) return fail(context, {Failure::kNotFound, "showing a quarantined record: there is none of this number"});
    print(context, **row);
    if (!context.json && (*row)->bytes) context.out << lines_of(*(*row)->bytes);
    return kExitDone;
  });
}

namespace {

int done(Context& context) {
  context.out << (context.json ? "{\"done\":true}\n" : "done\n");
  return kExitDone;
}

}  // namespace

bool is_dead_letter(const DeliveryRow& row) { return row.state == "dead" || row.state == "held"; }

// There is no such delivery, or it is none.
int not_dead(Context& context, LookStore& look, std::int64_t id, const std::string& action) {
  const auto row = look.delivery(id);
  if (!row) return fail(context, row.error());
  if (!*row) return fail(context, {Failure::kNotFound, action + ": there is none of this number"});
  return fail(context, {Failure::kNotFound, fmt::format("{}: delivery {} is {}, no dead letter; `vestitel explain {}` "
                                                        "shows it",
                                                        action, id, (*row)->state, to_text((*row)->event))});
}

int verb_quarantine_discard(Context& context, std::int64_t id) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    const auto changed = store.look().discard_quarantined(id);
    if (!changed) return fail(context, changed.error());
    if (*changed) return done(context);
    const auto row = store.look().quarantined(id);
    if (!row) return fail(context, row.error());
    return fail(context, {Failure::kNotFound, std::string("discarding a quarantined record: ") +
                                                  (*row ? "it is discarded already" : "there is none of this number")});
  });
}

int verb_dead_letters_list(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    const auto dead = look.deliveries("dead", {options.after, options.limit});
    const auto held = look.deliveries("held", {options.after, options.limit});
    if (const int exit = print_all(context, dead); exit != kExitDone) return exit;
    return print_all(context, held);
  });
}

int verb_dead_letters_show(Context& context, std::int64_t id) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    const auto row = look.delivery(id);
    if (!row) return fail(context, row.error());
    if (!*row || !is_dead_letter(**row)) return not_dead(context, look, id, "showing a dead letter");
    print(context, **row);
    return context.json ? kExitDone : explain_event(context, look, (*row)->event);
  });
}

int verb_dead_letters_discard(Context& context, std::int64_t id) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) -> int {
    const auto changed = store.look().discard(id);
    if (!changed) return fail(context, changed.error());
    return *changed ? done(context) : not_dead(context, store.look(), id, "discarding a dead letter");
  });
}

}  // namespace vestitel
