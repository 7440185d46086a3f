// Every fault of the hostile plugin, many times, while another plugin goes on with its work.
//
//   hostile_run RUNNERS LIBRARIES [--each N]
//
// Beside a fault runs a quiet minute of the same length, interleaved: what the other plugin's calls take in the one is
// told as a ratio to what they take in the other, at the 99th percentile. Exit 1: a fault went another way than it
// should, or the other plugin's call failed.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/fault/hostile/deeds.hpp"
#include "tests/fault/hostile/hostile_rig.hpp"

namespace vestitel::test {
namespace {

using Steady = std::chrono::steady_clock;

double micros(Steady::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

double percentile_99(std::vector<double>& times) {
  if (times.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(times.size() * 99 / 100);
  std::nth_element(times.begin(), times.begin() + at, times.end());
  return times[static_cast<std::size_t>(at)];
}

// The other route: small documents, one every two milliseconds, whatever else happens.
class Bystander {
 public:
  explicit Bystander(std::unique_ptr<PluginInstance> plugin) : plugin_(std::move(plugin)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }
  // Where the times go from now on.
  void measure(std::vector<double>& into) {
    const std::lock_guard lock(mutex_);
    into_ = &into;
  }
  void rest() {
    const std::lock_guard lock(mutex_);
    into_ = nullptr;
  }
  [[nodiscard]] std::uint64_t failures() const { return failures_.load(); }

 private:
  void work(const std::stop_token& stop) {
    Notes notes;
    auto next = Steady::now();
    while (!stop.stop_requested()) {
      next += std::chrono::milliseconds{2};
      std::this_thread::sleep_until(next);
      const auto begin = Steady::now();
      if (do_deed(*plugin_, "well", notes)) ++failures_;
      const double took = micros(Steady::now() - begin);
      const std::lock_guard lock(mutex_);
      if (into_ != nullptr) into_->push_back(took);
    }
  }

  std::unique_ptr<PluginInstance> plugin_;
  std::mutex mutex_;
  std::vector<double>* into_ = nullptr;
  std::atomic<std::uint64_t> failures_{0};
  std::jthread thread_;
};

struct Tally {
  int runs = 0, wrong = 0;
  double longest_ms = 0;
  std::vector<double> with, without;
};

class Run {
 public:
  Run(const std::string& runners, const std::string& libraries)
      : rig_(runners, libraries), bystander_(must(rig_.create("hostile", "bystander"))) {}

  // One time: the fault, then as long a time without it.
  void once(const std::string& name, bool at_load, const std::string& said, Tally& tally) {
    std::unique_ptr<PluginInstance> plugin;
    if (!at_load) plugin = must(rig_.create("hostile", "hostile"));
    bystander_.measure(tally.with);
    const auto begin = Steady::now();
    const std::string reason = at_load ? load(name) : act(*plugin, name);
    const auto took = Steady::now() - begin;
    bystander_.measure(tally.without);
    std::this_thread::sleep_for(took);
    bystander_.rest();
    ++tally.runs;
    tally.longest_ms = std::max(tally.longest_ms, micros(took) / 1000);
    if (reason.find(said) != std::string::npos) return;
    if (tally.wrong++ == 0) std::printf("%s: said \"%s\", not \"%s\"\n", name.c_str(), reason.c_str(), said.c_str());
  }

  [[nodiscard]] std::uint64_t failures() const { return bystander_.failures(); }

 private:
  static std::unique_ptr<PluginInstance> must(Result<std::unique_ptr<PluginInstance>> made) {
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }
  std::string load(const std::string& library) {
    const auto made = rig_.create(library, "hostile");
    return made ? "it was loaded" : made.error().message;
  }
  static std::string act(PluginInstance& plugin, const std::string& deed) {
    Notes notes;
    const auto failure = do_deed(plugin, deed, notes);
    return failure ? failure->error.message : "nothing happened";
  }

  HostileRig rig_;
  Bystander bystander_;
};

int run(const std::string& runners, const std::string& libraries, int each) {
  Run run(runners, libraries);
  struct Kind {
    std::string name, said;
    bool at_load;
    Tally tally;
  };
  std::vector<Kind> kinds;
  for (const Fault& fault : kFaults) kinds.push_back({"fault: " + fault.deed, fault.said, false, {}});
  for (const Fault& fault : kFaultsAtLoad) kinds.push_back({fault.deed, fault.said, true, {}});
  for (const std::string& deed : kDeadly) kinds.push_back({"deadly: " + deed, "SIGSYS", false, {}});
  for (int time = 0; time < each; ++time)
    for (Kind& kind : kinds) run.once(kind.name, kind.at_load, kind.said, kind.tally);

  std::printf("%-32s %5s %6s %11s %12s %12s %7s\n", "fault", "times", "wrong", "longest ms", "p99 us with", "without",
              "ratio");
  std::vector<double> with, without;
  int wrong = 0;
  for (Kind& kind : kinds) {
    Tally& t = kind.tally;
    with.insert(with.end(), t.with.begin(), t.with.end());
    without.insert(without.end(), t.without.begin(), t.without.end());
    const double a = percentile_99(t.with), b = percentile_99(t.without);
    std::printf("%-32s %5d %6d %11.0f %12.0f %12.0f %7.2f\n", kind.name.c_str(), t.runs, t.wrong, t.longest_ms, a, b,
                b > 0 ? a / b : 0);
    wrong += t.wrong;
  }
  const double a = percentile_99(with), b = percentile_99(without);
  std::printf(
      "all: %zu kinds x %d, %d went another way, the other plugin failed %llu times; its p99 %.0f us with, "
      "%.0f us without, ratio %.2f\n",
      kinds.size(), each, wrong, static_cast<unsigned long long>(run.failures()), a, b, b > 0 ? a / b : 0);
  return wrong > 0 || run.failures() > 0 ? 1 : 0;
}

}  // namespace
}  // namespace vestitel::test

int main(int argc, char** argv) {
  int each = 100;
  if (argc == 5 && std::strcmp(argv[3], "--each") == 0) each = std::atoi(argv[4]);
  if ((argc != 3 && argc != 5) || each < 1) {
    std::fprintf(stderr, "usage: hostile_run RUNNERS LIBRARIES [--each N]\n");
    return 2;
  }
  return vestitel::test::run(argv[1], argv[2], each);
}
