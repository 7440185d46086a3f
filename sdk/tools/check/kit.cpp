// Runs the table: one child a check, a few at a time, results by number.
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>

#include "core/base/os_error.hpp"
#include "sdk/tools/check/child.hpp"
#include "sdk/tools/check/elf_file.hpp"
#include "sdk/tools/check/loaded.hpp"
#include "sdk/tools/check/package.hpp"
#include "sdk/tools/check/trial.hpp"

namespace vestitel::check {
namespace {

using std::chrono::seconds;

constexpr int kLongFactor = 20;
constexpr int kProgramFactor = 4;  // each instance of a program starts a process, and an interpreter in it

struct Unmap {
  void operator()(Slate* slate) const { ::munmap(slate, sizeof(Slate)); }
};
using SharedSlate = std::unique_ptr<Slate, Unmap>;

Result<SharedSlate> share_slate() {
  void* memory = ::mmap(nullptr, sizeof(Slate), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return {Failure::kIo, "sharing memory with a check: " + os_error()};
  return SharedSlate(static_cast<Slate*>(memory));
}

// What a child left, wherever it died in writing it.
template <std::size_t N>
std::string text_of(const char (&text)[N]) {
  return std::string(text, strnlen(text, N));
}

// The child's word for its outcome, which a broken plugin may have overwritten.
Outcome outcome_of(const Slate& slate) {
  const auto outcome = slate.outcome;
  return outcome <= Outcome::skipped ? outcome : Outcome::failed;
}

struct Running {
  const Check* check;
  Child child;
  SharedSlate slate;
  std::unique_ptr<Scratch> scratch;
  std::uint64_t seed;
};

std::string at_place(const Slate& slate) {
  const std::string place = text_of(slate.place);
  return place.empty() ? std::string() : " while " + place;
}

CheckResult judge(const Running& run, const Ending& ending, seconds limit) {
  CheckResult result;
  result.number = run.check->info.number;
  result.seed = run.seed;
  result.duration_us = ending.duration_us;
  result.peak_rss_kib = ending.peak_rss_kib;
  result.signal = ending.signal;
  if (ending.timed_out) {
    result.outcome = Outcome::timed_out;
    result.message = "expected an end within " + std::to_string(limit.count()) + " s; killed" + at_place(*run.slate);
  } else if (ending.signal != 0) {
    result.outcome = Outcome::crashed;
    result.message = std::string("ended by ") + ::strsignal(ending.signal) + at_place(*run.slate);
  } else if (!run.slate->done) {
    result.outcome = Outcome::failed;
    result.message =
        "the process of the check was ended from inside, code " + std::to_string(ending.exit) + at_place(*run.slate);
  } else if (ending.exit != 0) {  // memcheck ends a process so that had errors
    result.outcome = Outcome::failed;
    result.message = "expected the check's process to end well; saw the code " + std::to_string(ending.exit);
  } else {
    result.outcome = outcome_of(*run.slate);
    result.message = text_of(run.slate->message);
  }
  // What only ought to be stays a warning, however it was found.
  if (!run.check->info.error && result.outcome == Outcome::failed) result.outcome = Outcome::warned;
  return result;
}

class Kit {
 public:
  Kit(const Options& options, Subject subject, const std::function<void(const CheckResult&)>& each)
      : options_(options), subject_(std::move(subject)), each_(each) {}

  Result<Report> run() {
    Orphanage orphanage;
    readable_ = subject_.program || ElfFile::read(subject_.library).ok();
    if (readable_)
      if (auto asked = describe(); !asked) return asked.error();
    std::vector<const Check*> waiting;
    for (const Check& check : table()) {
      if (!wanted(check)) continue;
      if (const std::string why = not_asked(check); !why.empty()) {
        skip(check, why);
      } else {
        waiting.push_back(&check);
      }
    }
    std::reverse(waiting.begin(), waiting.end());
    while (!waiting.empty() || !running_.empty()) {
      while (!waiting.empty() && running_.size() < jobs()) {
        if (auto started = start(*waiting.back()); !started) return started.error();
        waiting.pop_back();
      }
      if (reap()) clear(orphanage);
      ::poll(nullptr, 0, 1);
    }
    return report();
  }

 private:
  bool wanted(const Check& check) const {
    const auto has = [&](const std::vector<int>& all) {
      return std::find(all.begin(), all.end(), check.info.number) != all.end();
    };
    return (options_.only.empty() || has(options_.only)) && !has(options_.except);
  }

  std::string not_asked(const Check& check) const {
    if (!subject_.package_problem.empty())
      return check.info.number == 9 ? std::string() : "the package cannot be opened (check 9)";
    if (subject_.program && (check.kinds & kLibraries) != 0) return "does not apply to a program";
    if (!readable_ && check.info.number != 1) return "the library cannot be read as one (check 1)";
    if (!check.loads) return {};
    if (!subject_.not_described.empty()) return "the library cannot be asked what it is: " + subject_.not_described;
    const unsigned kinds = check.kinds & kAny;
    if ((kinds & subject_.described.kind) != 0 || kinds == kAny) return {};
    return "asked of other kinds of plugin only";
  }

  std::size_t jobs() const {
    const unsigned all = std::max(1U, std::thread::hardware_concurrency());
    return options_.jobs > 0 ? static_cast<std::size_t>(options_.jobs) : std::min(4U, all);
  }

  seconds limit_of(const Check& check) const {
    if (options_.timeout_s > 0) return seconds(options_.timeout_s);
    const int each_start = subject_.program ? kProgramFactor : 1;
    return seconds(check.seconds * each_start * (options_.long_form ? kLongFactor : 1));
  }

  Result<> start(const Check& check) {
    auto scratch = Scratch::make();
    if (!scratch) return scratch.error();
    auto slate = share_slate();
    if (!slate) return slate.error();
    Slate& shared = **slate;
    const std::string folder = (*scratch)->path();
    // Settings may name files of the samples as from the project's folder.
    if (!subject_.samples_folder.empty() &&
        ::symlink(subject_.samples_folder.c_str(), (folder + "/samples").c_str()) != 0)
      return {Failure::kIo, "preparing a check: " + os_error()};
    const std::uint64_t seed = options_.seed;
    auto child = Child::start(folder, limit_of(check), [&] {
      Trial trial(subject_, options_, shared, folder, seed);
      check.run(trial);
      shared.done = true;
      return 0;
    });
    if (!child) return child.error();
    running_.push_back({&check, std::move(*child), std::move(*slate), std::move(*scratch), seed});
    return Done{};
  }

  // True when one has ended.
  bool reap() {
    bool any = false;
    for (std::size_t i = 0; i < running_.size();) {
      Ending ending;
      if (!running_[i].child.poll(ending)) {
        ++i;
        continue;
      }
      any = true;
      take(judge(running_[i], ending, limit_of(*running_[i].check)));
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return any;
  }

  void clear(Orphanage& orphanage) {
    std::vector<pid_t> alive;
    for (const Running& run : running_) alive.push_back(run.child.pid());
    orphanage.clear(alive);
  }

  // Asks the library what it is, in a child too.
  Result<> describe() {
    auto scratch = Scratch::make();
    if (!scratch) return scratch.error();
    const std::string answer = (*scratch)->path() + "/described";
    const seconds limit(options_.timeout_s > 0 ? options_.timeout_s : subject_.program ? 10 * kProgramFactor : 10);
    auto child = Child::start((*scratch)->path(), limit, [&] { return describe_into(subject_, options_, answer); });
    if (!child) return child.error();
    Ending ending;
    while (!child->poll(ending)) ::poll(nullptr, 0, 1);
    auto text = read_file(answer, std::size_t{8} << 20);
    if (ending.timed_out) {
      subject_.not_described = "it did not return in time";
    } else if (ending.signal != 0) {
      subject_.not_described = std::string("it ended by ") + ::strsignal(ending.signal);
    } else if (!text) {
      subject_.not_described = "its process was ended from inside";
    } else {
      take_description(*text, subject_);
    }
    return Done{};
  }

  void skip(const Check& check, const std::string& why) {
    CheckResult result;
    result.number = check.info.number;
    result.seed = options_.seed;
    result.message = why;
    take(std::move(result));
  }

  void take(CheckResult result) {
    for (const Waiver& waiver : subject_.waivers) {
      const bool found = result.outcome != Outcome::passed && result.outcome != Outcome::skipped;
      if (waiver.number != result.number || !found) continue;
      if (waiver.until < options_.today) {
        result.message += "; its waiver expired on " + waiver.until;
      } else {
        result.waived = true;
        result.waiver = waiver.reason + " (until " + waiver.until + ")";
      }
    }
    if (each_) each_(result);
    results_.push_back(std::move(result));
  }

  Report report() {
    std::sort(results_.begin(), results_.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    Report report;
    report.plugin_id = subject_.described.id;
    report.version = subject_.described.version;
    for (const auto& [bit, name] : {std::pair{kReader, "reader"}, {kFeed, "feed"}, {kSink, "sink"}})
      if ((subject_.described.kind & bit) != 0) report.kinds += (report.kinds.empty() ? "" : ",") + std::string(name);
    report.library = options_.target;
    report.sha256 = subject_.sha256;
    report.results = std::move(results_);
    return report;
  }

  const Options& options_;
  Subject subject_;
  bool readable_ = false;  // it is a program, or a library of this machine at all
  const std::function<void(const CheckResult&)>& each_;
  std::vector<Running> running_;
  std::vector<CheckResult> results_;
};

}  // namespace

Result<Report> run_checks(const Options& options, const std::function<void(const CheckResult&)>& each) {
  const auto unpacked = Scratch::make();
  if (!unpacked) return unpacked.error();
  auto subject = is_package(options.target) ? read_package(options, **unpacked) : read_subject(options);
  if (!subject) return subject.error();
  const std::string hash = subject->sha256, library = subject->library;
  auto report = Kit(options, std::move(*subject), each).run();
  if (!report) return report;
  // The report speaks of the bytes that were checked, so they may not have changed meanwhile.
  const auto after = hash_file(library);
  if (!after || *after != hash) return {Failure::kConflict, "checking " + library + ": the file changed meanwhile"};
  return report;
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::warned: return "warned";
    case Outcome::failed: return "failed";
    case Outcome::skipped: return "skipped";
    case Outcome::timed_out: return "timed out";
    case Outcome::crashed: return "crashed";
  }
  return "unknown";
}

bool CheckResult::fails() const {
  if (waived || outcome == Outcome::passed || outcome == Outcome::skipped || outcome == Outcome::warned) return false;
  for (const Check& check : table())
    if (check.info.number == number) return check.info.error;
  return true;
}

int Report::count(Outcome outcome) const {
  return static_cast<int>(std::count_if(results.begin(), results.end(),
                                        [&](const CheckResult& result) { return result.outcome == outcome; }));
}

bool Report::passed() const {
  return std::none_of(results.begin(), results.end(), [](const CheckResult& result) { return result.fails(); });
}

std::vector<CheckInfo> check_list() {
  std::vector<CheckInfo> all;
  for (const Check& check : table()) all.push_back(check.info);
  return all;
}

}  // namespace vestitel::check
