// G, robustness and speed: 62 to 65.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/stage.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel::check {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point then) {
  return std::chrono::duration<double>(steady_clock::now() - then).count();
}

// One small change to a document: what a broken line, a careless editor or an attacker makes of it.
void mutate(std::string& bytes, std::mt19937_64& random) {
  if (bytes.empty()) bytes = "a";
  const std::size_t at = random() % bytes.size();
  const std::size_t length = std::min<std::size_t>(1 + random() % 64, bytes.size() - at);
  switch (random() % 8) {
    case 0: bytes[at] = static_cast<char>(random()); break;
    case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8)); break;
    case 2: bytes.erase(at, length); break;
    case 3: bytes.insert(at, bytes.substr(at, length)); break;
    case 4: bytes.insert(at, std::string(1 + random() % 300, bytes[at])); break;
    case 5: bytes.insert(at, std::string(1, "\0\n\r\"<>&,;\xFF"[random() % 10])); break;
    case 6: bytes.resize(at); break;
    default: {
      const std::size_t other = random() % bytes.size();
      std::swap(bytes[at], bytes[other]);
    }
  }
}

std::string mutated(std::string bytes, std::mt19937_64& random) {
  for (std::uint64_t n = 1 + random() % 6; n > 0; --n) mutate(bytes, random);
  return bytes;
}

// One round with made-up input. False: the check has failed.
bool fuzz_once(Trial& trial, Rig& rig, const Sample& like) {
  const unsigned kind = trial.subject.described.kind;
  Called called;
  if ((kind & kReader) != 0) {
    Sample document = like;
    document.bytes = mutated(like.bytes, trial.random);
    called = rig.parse(document, in_chunks(document.bytes, [&] { return 1 + trial.random() % 4096; })).call;
  } else if ((kind & kFeed) != 0) {
    called = rig.poll(mutated(like.bytes, trial.random), 1 + static_cast<std::uint32_t>(trial.random() % 50)).call;
  } else {
    auto messages = messages_for(trial, 1 + trial.random() % 3, "fuzz" + std::to_string(trial.random()));
    for (Message& m : messages)
      for (std::string* text : {&m.to, &m.title, &m.body, &m.body_html, &m.locale})
        if (trial.random() % 3 == 0) *text = mutated(*text, trial.random);
    const Delivered delivered = rig.deliver(messages);
    if (!trial.expect(delivered.problem.empty(), "the rules of begin and settle to be kept", delivered.problem))
      return false;
    called = delivered.call;
  }
  return trial.expect(!called.threw, "a code", "an exception over the border");
}

long resident_kib() {
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024) + programs_resident_kib();
}

// Reads the samples (or polls from the start) again and again until `events` events have come or the time is over.
struct Load {
  std::uint64_t events = 0;
  double seconds = 0;
  std::vector<double> us_per_event;  // of each call
};
Load load_with(Rig& rig, const Trial& trial, std::uint64_t events, double seconds) {
  Load load;
  rig.keep = false;
  const auto begun = steady_clock::now();
  while (load.events < events && (load.seconds = seconds_since(begun)) < seconds) {
    std::uint64_t came = 0;
    const auto then = steady_clock::now();
    if ((trial.subject.described.kind & kFeed) != 0) {
      came = rig.poll("", 1000).count;
    } else {
      for (const Sample& sample : trial.subject.samples) came += rig.parse(sample).count;
    }
    if (came == 0) break;
    load.events += came;
    load.us_per_event.push_back(seconds_since(then) * 1e6 / static_cast<double>(came));
  }
  rig.keep = true;
  load.seconds = seconds_since(begun);
  return load;
}

std::unique_ptr<Rig> started(Trial& trial) {
  if ((trial.subject.described.kind & kFeed) == 0 && !needs_sample(trial)) return nullptr;
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return nullptr;
  auto rig = std::make_unique<Rig>(trial, *entry);
  if (!begin(trial, *rig)) return nullptr;
  return rig;
}

}  // namespace

void check_fuzz(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  Rig rig(trial, *entry);
  if (!begin(trial, rig)) return;
  rig.keep = false;
  const double most = trial.long_form() ? 120 : 1;
  const std::uint64_t rounds = trial.long_form() ? 1'000'000'000 : 3000;
  const auto samples = samples_of(trial);
  const auto begun = steady_clock::now();
  for (std::uint64_t round = 0; round < rounds && seconds_since(begun) < most; ++round) {
    trial.random.seed(trial.options.seed + round);
    trial.at("reading made-up input: --only 62 --seed " + std::to_string(trial.options.seed + round) + " repeats it");
    if (!fuzz_once(trial, rig, *samples[round % samples.size()])) return;
  }
}

void check_exceptions(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const auto silent = [&](Rig& rig, const char* what) {
    trial.at(what);
    return trial.expect(rig.exceptions == 0, "codes", std::to_string(rig.exceptions) + " exceptions over the border");
  };
  {
    Rig rig(trial, *entry);
    rig.secrets = secrets_for(trial);
    if (!rig.create().ok() || !rig.alive()) return static_cast<void>(trial.skip("no instance of it is created here"));
    for (const char* settings : {"", "{", "[]", "null", "{\"a\":{}}", "{\"a\":1e999}"}) rig.configure(settings);
    if (!silent(rig, "configuring with what is no settings object")) return;
  }
  for (const char* function : {"emit", "quarantine", "complete", "commit", "read", "secret"}) {
    Rig rig(trial, *entry);
    if (!begin(trial, rig)) return;
    rig.refused[function] = VESTITEL_E_NOMEM;
    work(trial, rig);
    if (!silent(rig, "working while the host has no memory")) return;
  }
  Rig rig(trial, *entry);
  if (!begin(trial, rig)) return;
  for (int round = 0; round < 300; ++round)
    fuzz_once(trial, rig, *samples_of(trial)[static_cast<std::size_t>(round) % samples_of(trial).size()]);
  silent(rig, "working on made-up input");
}

void check_speed(Trial& trial) {
  const auto& manifest = trial.subject.manifest;
  if (!manifest || (manifest->events_per_s <= 0 && manifest->p99_us <= 0))
    return static_cast<void>(trial.skip("the manifest declares no figures (`declares`: events_per_s, p99_us)"));
  const auto rig = started(trial);
  if (rig == nullptr) return;
  Load best = load_with(*rig, trial, UINT64_MAX, trial.long_form() ? 10 : 0.4);
  if (best.events == 0) return static_cast<void>(trial.skip("its samples give no events"));
  const double rate = static_cast<double>(best.events) / best.seconds;
  if (manifest->events_per_s > 0)
    trial.advise(rate >= manifest->events_per_s,
                 std::to_string(static_cast<long>(manifest->events_per_s)) + " events/s, as declared",
                 std::to_string(static_cast<long>(rate)));
  std::sort(best.us_per_event.begin(), best.us_per_event.end());
  const double p99 = best.us_per_event[best.us_per_event.size() * 99 / 100];
  if (manifest->p99_us > 0)
    trial.advise(p99 <= manifest->p99_us, "a p99 of " + std::to_string(manifest->p99_us) + " us an event, as declared",
                 std::to_string(p99));
}

void check_memory(Trial& trial) {
  constexpr double kUndeclaredMib = 64;
  const auto rig = started(trial);
  if (rig == nullptr) return;
  const std::uint64_t events = trial.long_form() ? 1'000'000 : 30'000;
  const Load warm = load_with(*rig, trial, 1000, 0.2);
  if (warm.events == 0) return static_cast<void>(trial.skip("its samples give no events"));
  const long before = resident_kib();
  const Load run = load_with(*rig, trial, events, trial.long_form() ? 100 : 1.5);
  const double grown = static_cast<double>(resident_kib() - before) / 1024;
  const double declared = trial.subject.manifest ? trial.subject.manifest->memory_mib : 0;
  const double most = declared > 0 ? declared : kUndeclaredMib;
  trial.advise(
      grown <= most,
      "at most " + std::to_string(static_cast<int>(most)) + " MiB more over " + std::to_string(run.events) + " events",
      std::to_string(static_cast<int>(grown)) + " MiB more");
}

}  // namespace vestitel::check
