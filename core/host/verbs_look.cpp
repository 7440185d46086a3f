#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "core/host/present.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

using Json = nlohmann::ordered_json;

template <class Row>
void print(Context& context, const Row& row) {
  if (context.json)
    context.out << to_json(row).dump() << "\n";
  else
    context.out << line_of(row) << "\n";
}

void print(Context& context, const Event& event) {
  context.out << (context.json ? cloud_event(event).dump() : line_of(event)) << "\n";
}

template <class Rows>
int print_all(Context& context, const Result<Rows>& rows) {
  if (!rows) return fail(context, rows.error());
  for (const auto& row : *rows) print(context, row);
  return kExitDone;
}

int explain_event(Context& context, LookStore& look, EventId id) {
  auto told = look.explain(id);
  if (!told) return fail(context, told.error());
  if (!*told) return fail(context, {Failure::kNotFound, "explaining " + to_text(id) + ": there is no such event"});
  context.out << (context.json ? to_json(**told).dump() + "\n" : text_of(**told));
  return kExitDone;
}

}  // namespace

int verb_status(Context& context) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    const auto status = look.status();
    if (!status) return fail(context, status.error());
    context.out << (context.json ? to_json(*status).dump() + "\n" : text_of(*status));
    return static_cast<int>(kExitDone);
  });
}

int verb_documents(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    return print_all(context, look.documents({options.after, options.limit}));
  });
}

int verb_events(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    return print_all(context, look.events({options.after, options.limit}));
  });
}

int verb_deliveries(Context& context, const ListOptions& options) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) {
    return print_all(context, look.deliveries(options.state, {options.after, options.limit}));
  });
}

int verb_tail(Context& context, std::size_t lines, bool follow) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    auto last = look.last_events(lines);
    if (!last) return fail(context, last.error());
    std::int64_t after = 0;
    for (const Event& event : *last) {
      print(context, event);
      after = std::max(after, event.id.value);
    }
    context.out.flush();
    while (follow && context.out.good()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      auto more = look.events({after, 1'000});
      if (!more) return fail(context, more.error());
      for (const Event& event : *more) {
        print(context, event);
        after = event.id.value;
      }
      context.out.flush();
    }
    return kExitDone;
  });
}

Result<PersonId> person_meant(Context& context, sqlite::PersonKeys& people, const std::string& what,
                              const std::string& id_type) {
  if (const auto person = parse_person(what)) return *person;
  if (what != "-")
    return {Failure::kInvalid,
            "finding a person: p-NUMBER expected, or - with the identifier as one line on standard input"};
  auto type = identifier_type(id_type);
  if (!type) return type.error();
  if (context.terminal) context.err << "identifier (" << id_type << "): " << std::flush;
  std::string value;
  std::getline(context.in, value);
  auto found = people.find({*type, value});
  if (!found) return found.error();
  if (!*found) return {Failure::kNotFound, "finding a person: nobody with this identifier is known"};
  return (*found)->id;
}

int verb_explain(Context& context, const std::string& what, const std::string& id_type) {
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

int verb_store_check(Context& context) {
  return with_look(context, [&](LookStore& look, sqlite::PersonKeys&) -> int {
    const auto books = look.books();
    if (!books) return fail(context, books.error());
    context.out << (context.json ? to_json(*books).dump() + "\n" : text_of(*books));
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
    if (!context.json && (*row)->bytes) context.out << *(*row)->bytes << "\n";
    return kExitDone;
  });
}

namespace {

int change_one(Context& context, const Result<bool>& changed, const char* what) {
  if (!changed) return fail(context, changed.error());
  if (!*changed) return fail(context, {Failure::kNotFound, std::string(what) + ": there is none of this number"});
  context.out << (context.json ? "{\"done\":true}\n" : "done\n");
  return kExitDone;
}

}  // namespace

int verb_quarantine_discard(Context& context, std::int64_t id) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) {
    return change_one(context, store.look().discard_quarantined(id), "discarding a quarantined record");
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
    if (!*row) return fail(context, {Failure::kNotFound, "showing a dead letter: there is none of this number"});
    print(context, **row);
    return context.json ? kExitDone : explain_event(context, look, (*row)->event);
  });
}

int verb_dead_letters_replay(Context& context, std::int64_t id) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) {
    return change_one(context, store.look().replay(id), "replaying a dead letter");
  });
}

int verb_dead_letters_discard(Context& context, std::int64_t id) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig&) {
    return change_one(context, store.look().discard(id), "discarding a dead letter");
  });
}

}  // namespace vestitel
