// E, feeds: numbers 46 to 48; and all sources: 49 and 50.
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {
namespace {

constexpr int kMostPolls = 200;
constexpr std::uint32_t kEvents = 100;

// Everything a feed has, from `cursor` to END, unit by unit.
struct Run {
  std::vector<Yield::Unit> units;
  Called last;
  bool ended = false;
  [[nodiscard]] std::vector<std::string> events(std::size_t from = 0) const {
    std::vector<std::string> all;
    for (std::size_t i = from; i < units.size(); ++i)
      all.insert(all.end(), units[i].events.begin(), units[i].events.end());
    return all;
  }
  [[nodiscard]] std::string cursor() const { return units.empty() ? std::string() : units.back().cursor; }
};

Run drain(Rig& rig, std::string cursor, std::uint32_t max_events = kEvents) {
  Run run;
  for (int i = 0; i < kMostPolls; ++i) {
    const Yield yield = rig.poll(cursor, max_events);
    run.units.insert(run.units.end(), yield.units.begin(), yield.units.end());
    run.last = yield.call;
    run.ended = yield.call.rc == VESTITEL_END;
    if (!run.units.empty()) cursor = run.units.back().cursor;
    if (yield.call.rc != VESTITEL_MORE) return run;
  }
  return run;
}

// The whole of it, once; null: the check has been skipped.
std::unique_ptr<Rig> drained(Trial& trial, const vestitel_entry& entry, Run& run) {
  auto rig = std::make_unique<Rig>(trial, entry);
  if (!begin(trial, *rig)) return nullptr;
  trial.at("polling to the end");
  run = drain(*rig, "");
  std::string which;
  if (!run.last.ok() && lacks_service(*rig, which))
    trial.skip("it asks for " + which + ", which this kit does not serve yet");
  else if (!run.last.ok())
    trial.fail("polls that answer MORE or END", run.last.text());
  else if (!run.ended)
    trial.fail("END within " + std::to_string(kMostPolls) + " polls", "MORE each time");
  else if (run.units.empty())
    trial.skip("it commits nothing here: its upstream is empty");
  else
    return rig;
  return nullptr;
}

std::multiset<std::string> bag(const std::vector<std::string>& events) { return {events.begin(), events.end()}; }

// What a feed had committed when it was killed, in memory that outlives it.
struct Ledger {
  static constexpr std::size_t kRoom = 4 << 20;
  std::size_t used;
  char text[kRoom];  // units: "cursor\n", events each "\n", and an empty line
  void add(const std::string& line) {
    if (used + line.size() + 1 > kRoom) return;
    std::copy(line.begin(), line.end(), text + used);
    used += line.size();
    text[used++] = '\n';
  }
};

// Polls from `cursor` in a process of its own, which is killed right after commit number `k`. Events that its commits
// had made durable are added to `kept`; returns the last durable cursor.
std::string killed_after(Trial& trial, const vestitel_entry& entry, int k, std::vector<std::string>& kept) {
  void* memory = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return {};
  auto& ledger = *static_cast<Ledger*>(memory);
  const pid_t pid = ::fork();
  if (pid == 0) {
    Rig rig(trial, entry);
    begin(trial, rig);
    std::string cursor;
    int commits = 0;
    for (int i = 0; i < kMostPolls; ++i) {
      // The host sees a unit only at its commit, so the ledger is written from inside of it.
      rig.after_commit = [&] {
        const Yield::Unit& unit = rig.last_unit();
        ledger.add(unit.cursor);
        for (const std::string& event : unit.events) ledger.add(event);
        ledger.add("");
        if (++commits == k) ::kill(::getpid(), SIGKILL);
      };
      const Yield yield = rig.poll(cursor, kEvents);
      if (!yield.units.empty()) cursor = yield.units.back().cursor;
      if (yield.call.rc != VESTITEL_MORE) break;
    }
    ::_exit(0);
  }
  ::waitpid(pid, nullptr, 0);
  std::string cursor;
  bool head = true;
  const std::string_view written(ledger.text, ledger.used);
  for (std::size_t at = 0; at < written.size();) {
    const std::size_t end = written.find('\n', at);
    const std::string line(written.substr(at, end - at));
    at = end + 1;
    if (head) {
      cursor = line;
      head = false;
    } else if (line.empty()) {
      head = true;
    } else {
      kept.push_back(line);
    }
  }
  ::munmap(memory, sizeof(Ledger));
  return cursor;
}

struct Zone {
  const char *name, *zone, *locale;
};
constexpr Zone kZones[] = {{"UTC", "UTC0", "C"},
                           {"UTC+14", "XXX-14", "C"},
                           {"UTC-12", "XXX12", "C"},
                           {"Sofia with its summer time", "EET-2EEST,M3.5.0/3,M10.5.0/4", "C"},
                           {"a zone that sets its clocks at midnight", "AAA3BBB,M3.1.0/0,M10.1.0/0", "C"},
                           {"the locale bg_BG", "UTC0", "bg_BG.UTF-8"},
                           {"the locale de_DE", "UTC0", "de_DE.UTF-8"}};

}  // namespace

void check_cursor(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  Run whole;
  const auto rig = drained(trial, *entry, whole);
  if (rig == nullptr) return;
  trial.at("polling again from the last cursor");
  const Run again = drain(*rig, whole.cursor());
  if (!trial.expect(again.last.ok() && again.events().empty(), "no events beyond the end",
                    again.last.ok() ? std::to_string(again.events().size()) + " events" : again.last.text()))
    return;
  for (std::size_t i = 0; i + 1 < whole.units.size(); ++i) {
    trial.at("resuming after commit " + std::to_string(i + 1));
    Rig fresh(trial, *entry);
    if (!begin(trial, fresh)) return;
    const Run rest = drain(fresh, whole.units[i].cursor);
    if (!trial.expect(rest.events() == whole.events(i + 1), "the events after that cursor, in their order",
                      std::to_string(rest.events().size()) + " events, or others"))
      return;
  }
  for (const std::string& odd : {std::string("no cursor of yours"), std::string("\xFF\xFE\0\x01", 4),
                                 std::string("99999999999999999999"), whole.cursor() + "9", std::string(60'000, '7')}) {
    trial.at("polling from a cursor that is damaged or of the future");
    const Run run = drain(*rig, odd);
    if (!trial.expect(!run.last.threw, "a code", "an exception over the border")) return;
    if (!trial.expect(!run.last.ok() || run.ended, "an error or an end", "MORE without an end")) return;
  }
}

void check_kill(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  Run whole;
  const auto rig = drained(trial, *entry, whole);
  if (rig == nullptr) return;
  const std::size_t most = trial.long_form() ? whole.units.size() : std::min<std::size_t>(whole.units.size(), 20);
  for (std::size_t k = 1; k <= most; ++k) {
    trial.at("killed after commit " + std::to_string(k) + " and started again");
    std::vector<std::string> kept;
    const std::string cursor = killed_after(trial, *entry, static_cast<int>(k), kept);
    Rig fresh(trial, *entry);
    if (!begin(trial, fresh)) return;
    const Run rest = drain(fresh, cursor);
    if (!trial.expect(rest.last.ok(), "polls that answer MORE or END", rest.last.text())) return;
    for (const std::string& event : rest.events()) kept.push_back(event);
    const auto want = bag(whole.events()), got = bag(kept);
    if (!trial.expect(std::includes(got.begin(), got.end(), want.begin(), want.end()), "no event to be lost",
                      std::to_string(want.size()) + " without the kill, " + std::to_string(got.size()) + " with it"))
      return;
    if (!trial.expect(got.size() == want.size(), "no event to come a second time",
                      std::to_string(got.size() - want.size()) + " repeated"))
      return;
  }
}

void check_commit_fails(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  Run whole;
  const auto rig = drained(trial, *entry, whole);
  if (rig == nullptr) return;
  trial.at("polling while `commit` answers E_RETRY");
  rig->refused["commit"] = VESTITEL_E_RETRY;
  int commits = 0;
  rig->on_commit = [&] { ++commits; };
  const Yield refused = rig->poll("", kEvents);
  if (!trial.expect(!refused.call.ok(), "the poll to fail", refused.call.text())) return;
  if (!trial.expect(commits <= 3, "it to return and be asked again later",
                    std::to_string(commits) + " commits in one poll"))
    return;
  trial.at("polling again after `commit` had failed");
  rig->refused.clear();
  const Run again = drain(*rig, "");
  trial.expect(again.events() == whole.events(), "the same events again, none lost",
               std::to_string(again.events().size()) + " of " + std::to_string(whole.events().size()));
}

void check_zones(Trial& trial) {
  if ((trial.subject.described.kind & kFeed) == 0 && !needs_sample(trial)) return;
  std::string usual;
  for (const Zone& zone : kZones) {
    trial.at(std::string("working in ") + zone.name);
    std::string text;
    const bool ended = apart(
        trial,
        [&]() -> std::string {
          ::setenv("TZ", zone.zone, 1);
          ::setenv("LC_ALL", zone.locale, 1);
          ::tzset();
          if (::setlocale(LC_ALL, "") == nullptr) return "no such locale";
          const vestitel_entry* entry = load(trial);
          if (entry == nullptr) return {};
          Rig rig(trial, *entry);
          return begin(trial, rig) ? work(trial, rig).text : std::string();
        },
        text);
    if (text == "no such locale") continue;
    if (!ended || text.empty()) return static_cast<void>(trial.skip("no instance of it works here (checks 31 and 36)"));
    if (usual.empty()) usual = text;
    if (!trial.expect(text == usual, "the same events as in UTC", "others")) return;
  }
}

void check_clock_back(Trial& trial) {
  if ((trial.subject.described.kind & kFeed) == 0 && !needs_sample(trial)) return;
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  Rig steady(trial, *entry), jumping(trial, *entry);
  if (!begin(trial, steady)) return;
  const std::string usual = work(trial, steady).text;
  // A second back at each look, and an hour now and then; all within the same day in Sofia.
  std::int64_t now = steady.now();
  int looks = 0;
  jumping.clock = [&] { return now -= ++looks % 50 == 0 ? std::int64_t{600'000'000} : std::int64_t{1'000'000}; };
  if (!begin(trial, jumping)) return;
  trial.at("working while the clock goes back");
  trial.expect(work(trial, jumping).text == usual, "the same events as with a clock that stands", "others");
}

}  // namespace vestitel::check
