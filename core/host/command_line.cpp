#include "core/host/command_line.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <ostream>

#include "core/host/present.hpp"
#include "core/host/verbs.hpp"
#include "core/store/sqlite/routing.hpp"
#include "sdk/tools/tool.hpp"

namespace vestitel {
namespace {

// Everything that the options of all verbs are parsed into, and the verb that was named.
struct Words {
  std::function<int(Context&)> verb;
  bool json = false;
  std::string config;
  bool connect = false, follow = false, yes = false;
  std::optional<std::string> cursor;
  std::size_t lines = 10;
  std::int64_t id = 0;
  std::string what, id_type = "egn", channel, file;
  DemoOptions demo;
  ImportOptions import;
  ListOptions list;
  SubscribeOptions subscribe;
  PartnerOptions partner;
  SinkTestOptions sink_test;
  ReplayOptions replay;
};

CLI::App* verb(CLI::App& app, Words& words, const char* name, const char* help, std::function<int(Context&)> run) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->callback([&words, run = std::move(run)] { words.verb = run; });
  sub->add_flag("--json", words.json, "one JSON object a line");
  sub->add_option("--config", words.config, "configuration folder (default /etc/vestitel, or $VESTITEL_CONFIG)");
  return sub;
}

CLI::App* group(CLI::App& app, const char* name, const char* help) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->require_subcommand(1);
  return sub;
}

// An option or argument that is read by `parse`; what it cannot read is an error of usage.
using Numbered = std::optional<std::int64_t> (*)(std::string_view);
CLI::Option* numbered(CLI::App* sub, const char* name, std::int64_t& into, Numbered parse, const char* help,
                      const char* example) {
  const auto take = [&into, parse, name, example](const std::string& text) {
    const auto number = parse(text);
    if (!number)
      throw CLI::ValidationError(name, std::string("expected ") + example);  // what was typed is not repeated
    into = *number;
  };
  return sub->add_option_function<std::string>(name, take, help);
}

// Any id that a list shows: e-1-7, q-5-2, d-5, or the number of a delivery.
std::optional<std::int64_t> any_id(std::string_view text) {
  if (const auto event = parse_event_id(text)) return event->value;
  if (const auto record = parse_quarantine(text)) return record;
  return parse_document(text);
}

void page(CLI::App* sub, Words& words) {
  numbered(sub, "--after", words.list.after, any_id, "rows behind the one of this id",
           "the last id of the page before: e-1-7, d-5, q-5-2 or the number of a delivery");
  sub->add_option("--limit", words.list.limit, "at most so many rows")->check(CLI::Range(1, 100'000));
}

void add_run(CLI::App& app, Words& words) {
  verb(app, words, "run", "run the hub until it is told to stop", verb_run);
  verb(app, words, "check", "validate the whole configuration", [&words](Context& context) {
    return verb_check(context, words.connect);
  })->add_flag("--connect", words.connect, "then reach every target, sending nothing");
  auto* demo = verb(app, words, "demo", "run the sample reports through a hub of their own, and say what happened",
                    [&words](Context& context) { return verb_demo(context, words.demo); });
  demo->add_option("--state", words.demo.state, "folder for the demo's store and messages")->required();
  demo->add_option("--samples", words.demo.samples, "folder with reports and subscriptions.csv")->required();
  auto* import = verb(app, words, "import", "read documents now; goes on where it was after a kill",
                      [&words](Context& context) { return verb_import(context, words.import); });
  import->add_option("file", words.import.files, "documents")->required();
  import->add_option("--source", words.import.source, "the reader's instance")->required();
  import->add_option("--partner", words.import.partner, "who delivered them");
  import->add_option("--as-of", words.import.as_of, "what date the documents speak of (default: now)");
  import->add_flag("--complete", words.import.complete, "each covers its scope completely");
}

void add_look(CLI::App& app, Words& words) {
  verb(app, words, "status", "what is in the store and what is waiting", verb_status);
  verb(app, words, "metrics", "the figures that plugins of a running hub keep, as Prometheus reads them", verb_metrics);
  auto* tail = verb(app, words, "tail", "the newest events",
                    [&words](Context& context) { return verb_tail(context, words.lines, words.follow); });
  tail->add_option("-n,--lines", words.lines, "how many")->check(CLI::Range(0, 100'000));
  tail->add_flag("-f,--follow", words.follow, "go on as they come");
  auto* explain = verb(app, words, "explain", "why somebody was, or was not, told",
                       [&words](Context& context) { return verb_explain(context, words.what, words.id_type); });
  explain->add_option("what", words.what, "an event (e-1-7), a person (p-17), or - for an identifier on standard input")
      ->required();
  explain->add_option("--type", words.id_type, "type of that identifier: egn, lnch, nap, ehic, uin");
  page(verb(app, words, "documents", "documents that arrived",
            [&words](Context& context) { return verb_documents(context, words.list); }),
       words);
  page(verb(app, words, "events", "events that were accepted",
            [&words](Context& context) { return verb_events(context, words.list); }),
       words);
  auto* deliveries = verb(app, words, "deliveries", "messages owed and sent, with every attempt",
                          [&words](Context& context) { return verb_deliveries(context, words.list); });
  page(deliveries, words);
  const auto states = sqlite::outbox_states();
  deliveries->add_option("--state", words.list.state, "of this state alone")
      ->check(CLI::IsMember(std::vector<std::string>(states.begin(), states.end())));
  auto* store = group(app, "store", "the store itself");
  verb(*store, words, "check", "prove that the books balance", verb_store_check);
}

void take_deliveries(const std::vector<std::string>& texts, std::vector<std::int64_t>& into) {
  for (const std::string& text : texts) {
    const auto number = parse_delivery(text);
    if (!number)
      throw CLI::ValidationError("id",
                                 "expected the numbers of deliveries, as `vestitel dead-letters list` shows them: 7 9");
    into.push_back(*number);
  }
}

void add_mend(CLI::App& app, Words& words) {
  auto* quarantine = group(app, "quarantine", "records that could not be accepted");
  auto* list = verb(*quarantine, words, "list", "place and reason of each",
                    [&words](Context& context) { return verb_quarantine_list(context, words.list); });
  page(list, words);
  numbered(list, "--document", words.list.document, parse_document, "of this document alone (d-5)", "a document: d-5");
  auto* show = verb(*quarantine, words, "show", "one, with its bytes (health data)",
                    [&words](Context& context) { return verb_quarantine_show(context, words.id); });
  numbered(show, "id", words.id, parse_quarantine, "its number (q-5-2)", "a quarantined record: q-5-2")->required();
  auto* discard = verb(*quarantine, words, "discard", "close one for good; its bytes are destroyed",
                       [&words](Context& context) { return verb_quarantine_discard(context, words.id); });
  numbered(discard, "id", words.id, parse_quarantine, "its number (q-5-2)", "a quarantined record: q-5-2")->required();
  auto* dead = group(app, "dead-letters", "messages given up on, or held because nobody knows");
  page(verb(*dead, words, "list", "each with its last verdict",
            [&words](Context& context) { return verb_dead_letters_list(context, words.list); }),
       words);
  const auto one = [&](const char* name, const char* help, int (*run)(Context&, std::int64_t)) {
    auto* sub = verb(*dead, words, name, help, [&words, run](Context& context) { return run(context, words.id); });
    numbered(sub, "id", words.id, parse_delivery, "number of the delivery",
             "the number of a delivery, as `vestitel dead-letters list` shows it: 7")
        ->required();
  };
  one("show", "one, with every attempt", verb_dead_letters_show);
  auto* replay = verb(*dead, words, "replay", "make them due again, each under its key; says what that costs",
                      [&words](Context& context) { return verb_dead_letters_replay(context, words.replay); });
  replay->add_option_function<std::vector<std::string>>(
      "id", [&words](const std::vector<std::string>& ids) { take_deliveries(ids, words.replay.ids); },
      "numbers of deliveries");
  replay->add_flag("--all", words.replay.all, "every dead one, but none that is held");
  replay->add_option("--channel", words.replay.channel, "of --all, those on this channel")
      ->check(CLI::IsMember({"email", "sms", "push", "webhook", "file"}));
  replay->add_flag("--yes", words.replay.yes, "whatever it costs");
  one("discard", "close it for good", verb_dead_letters_discard);
}

void add_sources(CLI::App& app, Words& words) {
  auto* sources = group(app, "sources", "where reports come from");
  verb(*sources, words, "list", "each with how it stands", verb_sources_list);
  const auto one = [&](const char* name, const char* help, std::function<int(Context&)> run) {
    auto* sub = verb(*sources, words, name, help, std::move(run));
    sub->add_option("source", words.what, "the feed's instance")->required();
    return sub;
  };
  one("pause", "poll a feed no more until it is resumed",
      [&words](Context& context) { return verb_sources_pause(context, words.what); });
  one("resume", "end a pause, whoever made it, and poll at once",
      [&words](Context& context) { return verb_sources_resume(context, words.what); });
  auto* cursor = one("cursor", "show up to where a feed has read", [&words](Context& context) {
    return verb_sources_cursor(context, words.what, words.cursor, words.yes);
  });
  cursor->add_option_function<std::string>(
      "--set", [&words](const std::string& text) { words.cursor = text; }, "go on from here instead (\"\": the start)");
  cursor->add_flag("--yes", words.yes, "that this is meant");
}

void add_sinks(CLI::App& app, Words& words) {
  auto* sinks = group(app, "sinks", "where messages go");
  verb(*sinks, words, "list", "each with what it serves and how it does", verb_sinks_list);
  const auto steer = [&](const char* name, const char* help, int (*run)(Context&, const std::string&)) {
    verb(*sinks, words, name, help, [&words, run](Context& context) { return run(context, words.what); })
        ->add_option("sink", words.what, "the sink's instance")
        ->required();
  };
  steer("pause", "send nothing more through it until it is resumed", verb_sinks_pause);
  steer("resume", "end a pause that an operator made", verb_sinks_resume);
  auto* test = verb(*sinks, words, "test", "send one trial message, and show what the sink says of it",
                    [&words](Context& context) { return verb_sinks_test(context, words.sink_test); });
  test->add_option("sink", words.sink_test.sink, "the sink's instance")->required();
  test->add_option("--to", words.sink_test.to, "the address, or - for one on standard input")->required();
  test->add_option("--channel", words.sink_test.channel, "one of the sink's channels (default: its first)");
}

void add_partners(CLI::App& app, Words& words) {
  auto* partners = group(app, "partners", "who may deliver reports");
  verb(*partners, words, "list", "each with what it may report for", verb_partners_list);
  const auto one = [&](const char* name, const char* help, std::function<int(Context&)> run) {
    auto* sub = verb(*partners, words, name, help, std::move(run));
    sub->add_option("partner", words.partner.id, "its id")->required();
    return sub;
  };
  const auto facts = [&](CLI::App* sub) {
    sub->add_option("--facility", words.partner.facilities,
                    "a РЗИ number, the two digits of a РЗОК for all of its facilities, or any; may be repeated");
    sub->add_option("--instance", words.partner.instances, "a source that it may deliver to; may be repeated");
    sub->add_option("--region", words.partner.region, "its own РЗОК, 01 to 28");
    sub->add_option("--name", words.partner.name, "as people call it");
    sub->add_option("--receipts-to", words.partner.receipts_to, "where staff send it receipts");
  };
  const auto certificate = [&](CLI::App* sub) {
    sub->add_option("--certificate", words.partner.certificate,
                    "PEM file of its client certificate; without it a key is made and shown once");
  };
  one("show", "one, with its credentials",
      [&words](Context& context) { return verb_partners_show(context, words.partner.id); });
  auto* add = one("add", "register one, with a first credential",
                  [&words](Context& context) { return verb_partners_add(context, words.partner); });
  facts(add);
  certificate(add);
  auto* set = one("set", "change what is named; lists are replaced",
                  [&words](Context& context) { return verb_partners_set(context, words.partner); });
  facts(set);
  auto* end = set->add_flag("--end", words.partner.end, "it delivers no more from now on");
  set->add_flag("--resume", words.partner.resume, "it delivers again")->excludes(end);
  auto* rotate = one("rotate", "a new credential; what it had stays good for a while",
                     [&words](Context& context) { return verb_partners_rotate(context, words.partner); });
  certificate(rotate);
  rotate->add_option("--overlap", words.partner.overlap_days, "for how many days (default 14)")
      ->check(CLI::Range(0, 365));
}

void add_people(CLI::App& app, Words& words) {
  auto* people = group(app, "subscriptions", "who is told");
  auto* add =
      verb(*people, words, "add", "subscribe one person: identifier and address, a line each, on standard input",
           [&words](Context& context) { return verb_subscriptions_add(context, words.subscribe); });
  add->add_option("--type", words.subscribe.id_type, "type of the identifier");
  add->add_option("--channel", words.subscribe.channel, "email, sms, push, webhook or file");
  add->add_option("--cadence", words.subscribe.cadence, "immediate, daily, weekly, monthly or off");
  add->add_option("--locale", words.subscribe.locale, "bg or en");
  verb(*people, words, "import", "subscribe people from a CSV: id_type,id,channel,address,cadence,locale",
       [&words](Context& context) { return verb_subscriptions_import(context, words.file); })
      ->add_option("file", words.file, "the file, or - for standard input")
      ->required();
  auto* list = verb(*people, words, "list", "subscriptions of one person",
                    [&words](Context& context) { return verb_subscriptions_list(context, words.what, words.id_type); });
  list->add_option("person", words.what, "p-17, or - for an identifier on standard input")->required();
  list->add_option("--type", words.id_type, "type of that identifier");
  auto* cancel = verb(*people, words, "cancel", "end one", [&words](Context& context) {
    return verb_subscriptions_cancel(context, words.what, words.channel);
  });
  cancel->add_option("person", words.what, "p-17, or - for an ЕГН on standard input")->required();
  cancel->add_option("--channel", words.channel, "which")->required();
}

// The deepest group that was named: a verb of it is missing, or is none of it.
const CLI::App* open_group(const CLI::App& app) {
  const auto named = app.get_subcommands();
  if (!named.empty()) return open_group(*named.front());
  return app.get_require_subcommand_min() > 0 ? &app : nullptr;
}

int missing_verb(Context& context, const CLI::App& group) {
  std::string allowed;
  for (const CLI::App* one : group.get_subcommands({})) allowed += (allowed.empty() ? "" : ", ") + one->get_name();
  const std::string where = group.get_parent() == nullptr ? "" : group.get_name() + ": ";
  return wrong_word(context, where + "no such verb, or none; allowed: " + allowed);
}

}  // namespace

int run_words(Context& context, std::vector<std::string> words) {
  Words parsed;
  CLI::App app("Vestitel: tells insured people what was reported in their name", "vestitel");
  app.require_subcommand(1);
  app.set_version_flag("--version", VESTITEL_VERSION);
  add_run(app, parsed);
  add_look(app, parsed);
  add_mend(app, parsed);
  add_sources(app, parsed);
  add_sinks(app, parsed);
  add_partners(app, parsed);
  add_people(app, parsed);
  ToolOutcome tool{context.out, context.err, "vestitel plugin"};
  add_plugin_verbs(*app.add_subcommand("plugin", "write, try, certify and install plugins"), tool);
  std::reverse(words.begin(), words.end());
  try {  // border: CLI11 answers by exception
    app.parse(words);
  } catch (const CLI::ParseError& e) {
    const CLI::App* group = open_group(app);
    if (e.get_exit_code() != 0 && group != nullptr) return missing_verb(context, *group);
    const int exit = app.exit(e, context.out, context.err);
    return said(context, exit == 0 ? kExitDone : kExitUsage);
  }
  // They start children and work on folders of whoever calls: never inside a running hub.
  if (tool.verb && context.running != nullptr) return wrong_word(context, "plugin: not through a running hub");
  if (tool.verb) return said(context, tool.verb());
  context.json = parsed.json;
  if (!parsed.config.empty()) context.config_path = parsed.config;
  const int exit = parsed.verb(context);
  return exit == kExitForward ? exit : said(context, exit);
}

}  // namespace vestitel
