// The demo: a hub of its own on the embedded defaults, fed with sample reports, told in words for a newcomer.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "core/base/log.hpp"
#include "core/host/hub.hpp"
#include "core/host/present.hpp"
#include "core/host/setup.hpp"
#include "core/host/verbs.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

// The samples report October 2026. On a machine whose clock stands earlier they would lie in the future, so the demo's
// clock begins on the day on which they could have been sent.
class DemoClock final : public Clock {
 public:
  explicit DemoClock(const Clock& real) : real_(real) {
    constexpr Date kSent = std::chrono::year{2026} / 11 / 2;
    ahead_ = std::max(Micros{0}, std::chrono::duration_cast<Micros>(Instant(kSent) - real.now()));
  }
  Instant now() const override { return real_.now() + ahead_; }
  Micros monotonic() const override { return real_.monotonic(); }

 private:
  const Clock& real_;
  Micros ahead_;
};

// Puts every sample report into the demo's drop folder, marked as whole. The folder takes the oldest first and, of the
// same age, by name: so they are written in the order of their names, a correction after what it corrects.
Result<std::size_t> drop_samples(const std::string& samples, const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  std::vector<fs::path> reports;
  for (const auto& entry : fs::directory_iterator(samples, failed))
    if (entry.path().extension() == ".xml") reports.push_back(entry.path());
  if (reports.empty()) return {Failure::kNotFound, "running the demo: no sample reports in " + samples};
  std::sort(reports.begin(), reports.end());
  for (const fs::path& report : reports) {
    const fs::path to = fs::path(folder) / report.filename();
    fs::copy_file(report, to, fs::copy_options::overwrite_existing, failed);
    if (failed) return {Failure::kIo, "copying " + report.string() + ": " + failed.message()};
    std::FILE* ready = std::fopen((to.string() + ".ready").c_str(), "w");
    if (ready == nullptr) return {Failure::kIo, "marking " + to.string() + " as ready"};
    std::fclose(ready);
  }
  return reports.size();
}

template <class Rows, class Line>
void section(Context& context, const char* title, const Result<Rows>& rows, const Line& line) {
  context.out << "\n" << title << "\n";
  if (rows && rows->empty()) context.out << "  nothing\n";
  if (!rows) context.out << "  " << rows.error().message << "\n";
  if (rows)
    for (const auto& row : *rows) context.out << "  " << line(row) << "\n";
}

std::string told_line(const DeliveryRow& row) {
  return fmt::format("{:<7} {:<5} by {:<6} {}", to_text(row.event), person_text(row.person), to_text(row.channel),
                     row.state == "superseded" ? "not sent: its correction was quicker" : row.state);
}

// The first message in its own words: what a person gets to read.
void print_a_message(Context& context, const std::string& outbox) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(outbox, failed)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream file(entry.path());
    std::string line;
    std::getline(file, line);
    const auto message = nlohmann::json::parse(line, nullptr, false);
    if (!message.is_object()) continue;
    context.out << "\nThe first of these messages\n"
                << indented(message.value("title", "") + "\n\n" + message.value("body", ""));
    return;
  }
}

// Why people were not told of an event, with everybody whom that concerns.
void print_untold(Context& context, LookStore& look) {
  context.out << "\nWhat was told to nobody, and why\n";
  const auto events = look.events({0, 100});
  if (!events) return;
  for (const Event& event : *events) {
    const auto told = look.explain(event.id);
    if (!told || !*told) continue;
    for (const NotOwedRow& row : (*told)->not_owed)
      context.out << fmt::format("  {:<7} {:<5} {}\n", to_text(event.id), person_text(event.person), row.reason);
  }
}

void print_where(Context& context, const HubConfig& config, const std::string& drop_folder) {
  const auto shown = [](const std::string& path) { return fs::proximate(path).string(); };
  context.out << "\nWhere to look\n"
              << "  the messages, as sent         " << shown(config.store + "/outbox") << "\n"
              << "  a receipt for each report     " << shown(drop_folder + "/done") << ", "
              << shown(drop_folder + "/rejected") << "\n"
              << "  what the hub knows            " << shown(store_folder(config)) << "\n";
}

void print_demo(Context& context, LookStore& look, const std::string& outbox) {
  section(context, "What came in", look.documents({0, 100}), [](const DocumentRow& row) { return line_of(row); });
  section(context, "What was reported, when, about whom (p-1: a number of ours, never an identifier), and where",
          look.events({0, 100}), [](const Event& event) { return line_of(event); });
  section(context, "What was told to whom", look.deliveries("", {0, 100}), told_line);
  print_a_message(context, outbox);
  print_untold(context, look);
  section(context, "What was quarantined, and why", look.quarantine(0, {0, 100}),
          [](const QuarantineRow& row) { return line_of(row); });
  context.out << "\nThe books: every event and person is accounted for\n";
  if (const auto books = look.books()) context.out << indented(text_of(*books));
}

// The same for a program.
void print_demo_json(Context& context, LookStore& look) {
  nlohmann::ordered_json json;
  const auto add = [&json](const char* name, const auto& rows, const auto& one) {
    json[name] = nlohmann::ordered_json::array();
    if (rows)
      for (const auto& row : *rows) json[name].push_back(one(row));
  };
  const auto plain = [](const auto& row) { return to_json(row); };
  add("documents", look.documents({0, 100}), plain);
  add("events", look.events({0, 100}), [](const Event& event) { return cloud_event(event); });
  add("deliveries", look.deliveries("", {0, 100}), plain);
  add("quarantined", look.quarantine(0, {0, 100}), plain);
  if (const auto books = look.books()) json["books"] = to_json(*books);
  context.out << dumped(json) << "\n";
}

// Waits until the hub has nothing to do in three looks one after the other.
bool drained(const Hub& hub, Context& context) {
  const Micros deadline = context.clock.monotonic() + std::chrono::minutes(2);
  for (int quiet = 0; quiet < 3; quiet = hub.idle() ? quiet + 1 : 0) {
    if (context.clock.monotonic() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return true;
}

int run_demo(Context& context, const HubConfig& config, const std::string& samples) {
  std::error_code failed;
  fs::create_directories(config.store, failed);
  auto keys = keys_of(config, context.random);
  if (!keys) return fail(context, keys.error());
  auto store = sqlite::Store::open({store_folder(config)}, *keys, context.clock, context.random, end_process);
  if (!store) return fail(context, store.error());
  const auto people = import_people(context, **store, samples + "/subscriptions.csv");
  if (!people) return fail(context, people.error());
  auto hub = Hub::create(config, **store, context.clock, context.random);
  if (!hub) return fail(context, hub.error());
  const Instance* reader = config.find("nzok-amblist");
  if (reader == nullptr || !reader->reader) return fail(context, {Failure::kInternal, "running the demo: no reader"});
  const auto dropped = drop_samples(samples, reader->reader->drop_folder);
  if (!dropped) return fail(context, dropped.error());
  if (auto started = (*hub)->start(); !started) return fail(context, started.error());
  const bool done = drained(**hub, context);
  (*hub)->stop();
  if (context.json) {
    print_demo_json(context, (*store)->look());
  } else {
    context.out << fmt::format("Vestitel demo: {} sample reports, {} subscriptions\n", *dropped,
                               people->added + people->renewed + people->unchanged);
    print_demo(context, (*store)->look(), config.store + "/outbox");
    print_where(context, config, reader->reader->drop_folder);
  }
  if (!done) return fail(context, {Failure::kInternal, "running the demo: it did not come to rest in two minutes"});
  return kExitDone;
}

}  // namespace

int verb_demo(Context& context, const DemoOptions& options) {
  const auto defaults = embedded_defaults(fs::absolute(options.state).string());
  if (!defaults.ok()) return fail(context, {Failure::kInternal, to_text(defaults.errors)});
  log::configure(log::Form::kText, log::Level::kError);  // what the demo does wrong on purpose stands in its printout
  const DemoClock clock(context.clock);
  Context own{context.out, context.err, context.in, clock, context.random};
  own.json = context.json;
  return run_demo(own, defaults.config, options.samples);
}

}  // namespace vestitel
