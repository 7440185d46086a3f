// D, the life of an instance: numbers 36 to 39.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/peer.hpp"
#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// One call of work, whatever the kind.
Called work_once(Trial& trial, Rig& rig) {
  const unsigned kind = trial.subject.described.kind;
  if ((kind & kReader) != 0) return rig.parse(*samples_of(trial).front()).call;
  if ((kind & kFeed) != 0) return rig.poll("", 10).call;
  return rig.deliver(messages_for(trial, 1)).call;
}

struct Order {
  Trial& trial;
  const vestitel_entry& entry;
  std::string settings;

  bool refuses(const char* what, const Called& called) const {
    trial.at(what);
    return trial.expect(called.rc == VESTITEL_E_INVALID, "E_INVALID", called.text());
  }
  bool works(const char* what, const Called& called) const {
    trial.at(what);
    return trial.expect(called.ok(), "OK", called.text());
  }
  bool make(Rig& rig) const {
    rig.secrets = secrets_for(trial);
    return (rig.create().ok() && rig.alive()) || trial.skip("no instance of it is created here");
  }
};

std::int64_t real_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

double ms_since(steady_clock::time_point then) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - then).count();
}

// A document that does not end by itself: the sample's first half, then line ends, until `most` has passed since the
// cancel. Says when the cancel came.
struct Endless {
  std::string_view head;
  Rig& rig;
  milliseconds most;
  bool cancels;  // by the host's flag, once the head has been read
  steady_clock::time_point cancelled_at{};
  std::atomic<bool> reached{false};

  vestitel_rc read(std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
    if (!head.empty()) {
      const std::size_t n = std::min<std::size_t>({64, static_cast<std::size_t>(cap), head.size()});
      std::copy_n(head.data(), n, into);
      head.remove_prefix(n);
      *got = n;
      return VESTITEL_OK;
    }
    if (!reached) {
      cancelled_at = steady_clock::now();
      if (cancels) rig.cancel = true;
      reached = true;
    }
    if (steady_clock::now() - cancelled_at > most) return *got = 0, VESTITEL_OK;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    *got = std::min<std::uint64_t>(cap, 16);
    std::fill_n(into, *got, static_cast<std::uint8_t>('\n'));
    return VESTITEL_OK;
  }
};

constexpr milliseconds kNotice{200}, kPatience{1500};

// The call that is cancelled, and how long it took from then on. Best of three: the machine may be busy.
bool reader_notices(Trial& trial, const vestitel_entry& entry) {
  const Sample& sample = *samples_of(trial).front();
  double best = 1e9;
  for (int attempt = 0; attempt < 3 && best > static_cast<double>(kNotice.count()); ++attempt) {
    Rig rig(trial, entry);
    if (!begin(trial, rig)) return false;
    Endless endless{std::string_view(sample.bytes).substr(0, sample.bytes.size() / 2), rig, kPatience, true};
    const Yield yield =
        rig.parse(sample, [&](auto* into, auto cap, auto* got) { return endless.read(into, cap, got); });
    if (!endless.reached) return trial.skip("it had refused the document before it could be cancelled");
    best = std::min(best, ms_since(endless.cancelled_at));
    if (!trial.expect(!yield.call.ok(), "a cancelled document to end with an error", yield.call.text())) return false;
  }
  return trial.expect(best <= static_cast<double>(kNotice.count()), "a cancel to be noticed within 200 ms",
                      std::to_string(static_cast<int>(best)) + " ms");
}

bool other_notices(Trial& trial, const vestitel_entry& entry) {
  double best = 1e9;
  Peer* peer = standing_peer(trial);
  if (peer != nullptr) peer->play("silent");
  for (int attempt = 0; attempt < 3 && best > static_cast<double>(kNotice.count()); ++attempt) {
    Rig rig(trial, entry);
    if (!begin(trial, rig)) return false;
    if (peer == nullptr) rig.cancel = true;
    auto running = std::async(std::launch::async, [&] { return work_once(trial, rig); });
    if (peer != nullptr) {
      for (int i = 0; i < 100 && peer->lines() == 0; ++i) std::this_thread::sleep_for(milliseconds(5));
      std::this_thread::sleep_for(milliseconds(30));
    }
    const auto then = steady_clock::now();
    rig.cancel = true;
    running.get();
    best = std::min(best, ms_since(then));
  }
  if (peer != nullptr) peer->play("ok");
  return trial.expect(best <= static_cast<double>(kNotice.count()), "a cancel to be noticed within 200 ms",
                      std::to_string(static_cast<int>(best)) + " ms");
}

// stop() from another thread while a document is being read.
bool reader_stops(Trial& trial, const vestitel_entry& entry) {
  constexpr milliseconds kDeadline{1000};
  const Sample& sample = *samples_of(trial).front();
  Rig rig(trial, entry);
  if (!begin(trial, rig)) return false;
  rig.clock = real_now;
  Endless endless{std::string_view(sample.bytes).substr(0, sample.bytes.size() / 2), rig, milliseconds(2500), false};
  auto running = std::async(std::launch::async, [&] {
    return rig.parse(sample, [&](auto* into, auto cap, auto* got) { return endless.read(into, cap, got); });
  });
  while (!endless.reached && running.wait_for(milliseconds(1)) != std::future_status::ready) continue;
  const auto then = steady_clock::now();
  const Called stopped = rig.stop(real_now() + kDeadline.count() * 1000);
  running.wait();
  const double took = ms_since(then);
  if (!trial.expect(stopped.ok(), "stop to answer OK while a call runs", stopped.text())) return false;
  return trial.expect(took <= static_cast<double>(kDeadline.count()),
                      "the running call to return by the deadline of stop, 1 s",
                      std::to_string(static_cast<int>(took)) + " ms");
}

// The least of a few looks: the kit's own provider works in a thread beside this one and holds memory for a moment.
std::size_t allocated() {
  std::size_t least = SIZE_MAX;
  for (int look = 0; look < 5; ++look) {
    const auto info = ::mallinfo2();
    least = std::min(least, info.uordblks + info.hblkhd);
    std::this_thread::sleep_for(milliseconds(2));
  }
  return least;
}

// A life that fails at its start, by whatever makes this plugin fail. False: it started after all.
bool failed_life(Trial& trial, const vestitel_entry& entry, int way) {
  Rig rig(trial, entry);
  const Spec& spec = trial.subject.spec;
  if (way != 1) rig.secrets = secrets_for(trial);
  if (way == 2) rig.withheld = {"vestitel.secret/1"};
  if (!rig.create().ok() || !rig.alive()) return true;
  const std::string settings = way == 0   ? with_key(settings_for(trial), "no_such_key", "1")
                               : way == 3 ? settings_for(trial, spec.bad_settings)
                                          : settings_for(trial);
  const bool started = rig.configure(settings).ok() && rig.start().ok();
  if (started) rig.stop(rig.now() + 1'000'000);
  rig.destroy();
  return !started;
}

}  // namespace

void check_order(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const Order order{trial, *entry, settings_for(trial)};
  {
    Rig rig(trial, *entry);
    if (!order.make(rig)) return;
    if (!order.refuses("starting before configuring", rig.start())) return;
    if (!order.refuses("working before configuring", work_once(trial, rig))) return;
    if (!order.refuses("stopping what was never started", rig.stop(rig.now()))) return;
    trial.at("destroying what was never configured");
  }
  Rig rig(trial, *entry);
  if (!order.make(rig) || !order.works("configuring", rig.configure(order.settings))) return;
  if (!order.refuses("working before starting", work_once(trial, rig))) return;
  const Called started = rig.start();
  std::string which;
  if (!started.ok() && lacks_service(rig, which))
    return static_cast<void>(trial.skip("it asks for " + which + ", which this kit does not serve yet"));
  if (!order.works("starting", started)) return;
  if (!order.refuses("starting twice", rig.start())) return;
  if (!order.refuses("configuring while started", rig.configure(order.settings))) return;
  if (!order.works("stopping", rig.stop(rig.now() + 1'000'000))) return;
  if (!order.refuses("stopping twice", rig.stop(rig.now()))) return;
  if (!order.refuses("working after stop", work_once(trial, rig))) return;
  if (!order.works("configuring after stop", rig.configure(order.settings))) return;
  if (!order.works("starting again", rig.start())) return;
  trial.at("destroying without a stop");
  rig.destroy();
}

void check_stops(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  trial.at("cancelling a running call");
  const bool reader = (trial.subject.described.kind & kReader) != 0;
  if (!(reader ? reader_notices(trial, *entry) : other_notices(trial, *entry))) return;
  trial.at("stopping during a call");
  if (reader) reader_stops(trial, *entry);
}

void check_failed_start(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  constexpr int kWarm = 10, kRounds = 40;
  constexpr const char* kWays[] = {"settings with an unknown key", "no secrets", "no vestitel.secret/1",
                                   "bad settings"};
  bool any = false;
  for (int way = 0; way < 4; ++way) {
    if (way == 3 && trial.subject.spec.bad_settings.empty()) continue;
    if (!failed_life(trial, *entry, way)) continue;
    any = true;
    trial.at(std::string("a start that fails: ") + kWays[way]);
    for (int i = 0; i < kWarm; ++i) failed_life(trial, *entry, way);
    // A leak grows in every window; what caches and the kit's own threads hold does not.
    std::size_t grown = SIZE_MAX;
    for (int window = 0; window < 4 && grown >= 16 * kRounds; ++window) {
      const std::size_t before = allocated();
      for (int i = 0; i < kRounds; ++i) failed_life(trial, *entry, way);
      const std::size_t after = allocated();
      grown = std::min(grown, after > before ? after - before : 0);
    }
    if (!trial.expect(grown < 16 * kRounds, "no memory to be kept after destroy",
                      std::to_string(grown / kRounds) + " bytes more each time"))
      return;
  }
  if (!any) trial.skip("nothing makes it fail to start: put `bad_settings` into samples/check.json");
}

void check_secrets(Trial& trial) {
  const auto all = properties(trial.subject);
  if (std::none_of(all.begin(), all.end(), [](const Property& p) { return p.secret; }))
    return static_cast<void>(trial.skip("it declares no secret"));
  // What it writes to its own output counts too.
  const int output = ::memfd_create("output", MFD_CLOEXEC);
  ::dup2(output, 1);
  ::dup2(output, 2);
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  Rig rig(trial, *entry);
  const std::string canary = "canary" + std::to_string(trial.random());
  rig.secrets = secrets_for(trial);
  for (auto& [name, value] : rig.secrets) value = canary + value;
  std::string came_of_it;
  if (rig.create().ok() && rig.alive()) {
    rig.configure(with_key(settings_for(trial), "no_such_key", "1"));
    rig.configure(settings_for(trial));
    rig.check();
    if (rig.start().ok()) came_of_it = work(trial, rig).text;
    end(rig);
  }
  std::fflush(nullptr);
  std::string written(1 << 20, '\0');
  const auto n = ::pread(output, written.data(), written.size(), 0);
  written.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  const auto holds = [&](const std::string& text) { return text.find(canary) != std::string::npos; };
  for (const std::string& line : rig.said)
    if (!trial.expect(!holds(line), "no secret in a log line, an error or a reason", "one that holds it")) return;
  trial.expect(!holds(came_of_it), "no secret in events and verdicts", "one that holds it");
  trial.expect(!holds(written), "no secret on standard output or error", "one");
}

}  // namespace vestitel::check
