// Work that may crash, hang or eat all memory, done in a forked child: the tool lives and can say what happened.
//
// The child runs in a process group of its own, which is killed as a whole when the work is over, whatever way it
// ended. What it says comes through a pipe as it is said; what the plugin writes to its standard output goes to
// standard error.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vestitel {

// What the child is at.
enum class Doing : std::uint8_t {
  kNothing,
  kLoading,
  kCreating,
  kConfiguring,
  kStarting,
  kParsing,
  kPolling,
  kDelivering
};

// What child and parent share; it survives the child. Whatever stands in it is only a number: the plugin can write
// here.
struct ChildProgress {
  std::atomic<std::uint64_t> ticks{0};   // anything that moved
  std::atomic<std::uint64_t> bytes{0};   // of the input, handed to the plugin so far
  std::atomic<std::uint64_t> lines{0};   // ends of lines among them
  std::atomic<std::uint64_t> number{0};  // of the case that runs, where there are many
  std::atomic<Doing> doing{Doing::kNothing};
  std::atomic<bool> finished{false};  // the work returned: the exit status is its own, not that of a plugin's exit()

  void tick() { ticks.fetch_add(1, std::memory_order_relaxed); }
};

struct ChildLimits {
  std::chrono::milliseconds quiet{5'000};  // longest time without progress
  std::chrono::milliseconds whole{0};      // longest time at all; 0: no limit
  std::uint64_t memory = 0;                // bytes of address space; 0: no limit
};

struct ChildEnd {
  enum class Kind : std::uint8_t { kExited, kSignal, kQuiet, kLate } kind = Kind::kExited;
  int code = 0;                        // exit status, or the signal
  std::chrono::milliseconds limit{0};  // the one that was passed
  std::uint64_t peak_rss_kib = 0;
  std::uint64_t bytes = 0, lines = 0, number = 0;  // the progress at the end
  Doing doing = Doing::kNothing;
  bool finished = false;  // the work returned, and `code` is what it returned
};

// How the child speaks: appended text goes to the parent with send(), or when 64 KiB have gathered.
class ChildVoice {
 public:
  explicit ChildVoice(int fd) : fd_(fd) {}
  ChildVoice(const ChildVoice&) = delete;
  ChildVoice& operator=(const ChildVoice&) = delete;
  void say(std::string_view text);
  void send();

 private:
  int fd_;
  std::string waiting_;
};

// The exit status of the work is what `work` returns (0 to 200). Call while the process has one thread.
Result<ChildEnd> run_in_child(const ChildLimits& limits, const std::function<int(ChildProgress&, ChildVoice&)>& work,
                              const std::function<void(std::string_view)>& heard);

// "was killed by signal 11 (Segmentation fault) while parsing", "made no progress for 5000 ms while parsing and was
// killed"; for an exit that the work did not choose "ended the process with status 3 while parsing".
std::string to_text(const ChildEnd& end);

// Exit status of a child whose work threw: a bug of ours, or memory that ran out.
inline constexpr int kChildThrew = 201;

}  // namespace vestitel
