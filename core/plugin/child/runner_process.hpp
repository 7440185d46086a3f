// One live runner as the hub holds it: calls go in, requests for services come out, and it ends: by itself, or killed
// when it keeps the hub waiting. Nothing that it says is believed before it has been checked.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "core/base/result.hpp"
#include "core/plugin/child/launcher.hpp"
#include "core/plugin/child/printed_lines.hpp"
#include "core/plugin/wire/channel.hpp"
#include "core/plugin/wire/messages.hpp"
#include "core/plugin/wire/region.hpp"

namespace vestitel {

// How long a call may last. Each is a time after which the runner is killed.
struct CallPatience {
  std::chrono::milliseconds silence{5'000};  // in which it emits nothing, reads nothing and settles nothing
  std::chrono::milliseconds total{0};        // from beginning to end; 0: no bound
};

// How a call went, owned.
struct CallAnswer {
  std::int32_t rc = 0;
  std::int64_t retry_after_ms = 0;
  std::string field_path, message, data;
};

class RunnerProcess;

// A way to a runner for answers that take their time: it may be held longer than the runner lives.
class ReplyPort {
 public:
  explicit ReplyPort(RunnerProcess& runner) : runner_(&runner) {}
  // False: the runner has gone, or takes nothing. Thread: any, as of all here.
  bool send(wire::Type type, std::uint64_t request, std::string_view payload, std::span<const int> descriptors = {});
  void close();

  // While one lives the hub works for the runner, whose own silence then means nothing.
  class Working {
   public:
    explicit Working(ReplyPort& port) : port_(port) { ++port_.working_; }
    ~Working() { --port_.working_; }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

   private:
    ReplyPort& port_;
  };
  [[nodiscard]] bool working() const { return working_.load() > 0; }

 private:
  std::mutex mutex_;
  RunnerProcess* runner_;  // under mutex_
  std::atomic<int> working_{0};
};

// What the hub does for the runner. Thread: the process's own, one request at a time. True: the request shows that the
// work goes on. An error says that it breaks the protocol: the runner is killed for it.
class RunnerServices {
 public:
  virtual ~RunnerServices() = default;
  virtual Result<bool> serve(wire::Frame& frame, RunnerProcess& runner) = 0;
};

inline constexpr std::string_view kProgramFd = "/proc/self/fd/5";
static_assert(wire::kLibraryFd == 5);

struct RunnerSpec {
  wire::Hello hello;
  RunnerLimits limits;
  bool network = false;
  std::string program;                          // see LaunchSpec
  int library = -1;                             // the file, opened; borrowed for start()
  std::chrono::milliseconds load{10'000};       // from start until it is ready
  std::chrono::milliseconds heartbeat{10'000};  // it is asked for a sign of life so often; killed when it gives none
};

// What is no library (NAME.so) is a program that speaks the protocol itself: its path, else "".
// Where its bytes were checked on a descriptor, that descriptor is what is started, wherever the file lies.
inline std::string program_of(const std::string& path, bool checked = false) {
  if (path.ends_with(".so")) return {};
  return checked ? std::string(kProgramFd) : path;
}

class RunnerProcess {
 public:
  // Returns when the plugin is loaded. `services` outlives the process; `lines` too.
  static Result<std::unique_ptr<RunnerProcess>> start(Launcher& launcher, const RunnerSpec& spec,
                                                      RunnerServices& services, PrintedLines& lines);
  ~RunnerProcess();  // kills it
  RunnerProcess(const RunnerProcess&) = delete;
  RunnerProcess& operator=(const RunnerProcess&) = delete;

  [[nodiscard]] const wire::Ready& ready() const { return ready_; }
  [[nodiscard]] pid_t pid() const { return launched_.pid; }
  [[nodiscard]] const wire::Region& region() const { return region_; }

  // Waits for the plugin's answer. kCrashed: the process ended, and why. Thread: any.
  Result<CallAnswer> call(wire::Type type, std::string_view payload, CallPatience patience);
  Result<> post(wire::Type type);  // no answer
  Result<> reply(std::uint64_t request, const wire::Outcome& outcome, std::span<const int> descriptors = {});

  [[nodiscard]] bool alive() const { return alive_.load(); }
  [[nodiscard]] const std::shared_ptr<ReplyPort>& port() const { return port_; }

 private:
  friend class ReplyPort;
  using Steady = std::chrono::steady_clock;
  struct Pending {
    CallPatience patience;
    Steady::time_point began, sign;
    std::optional<CallAnswer> answer;
  };

  RunnerProcess(Launcher& launcher, Launched launched, OwnedFd socket, wire::Region region, RunnerServices& services,
                PrintedLines& lines, std::chrono::milliseconds heartbeat);
  Result<> greet(const RunnerSpec& spec);
  void loop();
  Result<bool> take_frames();  // false: the other end has closed
  Result<bool> take(wire::Frame& frame);
  Result<> answered(const wire::Frame& frame);
  void sign_of_work();
  std::optional<std::string> overdue();  // why it has to be killed
  void kill(const std::string& why);
  void closed();
  void ended();

  Launcher& launcher_;
  Launched launched_;
  wire::Channel channel_;
  wire::Region region_;
  RunnerServices& services_;
  PrintedLines& lines_;
  const std::shared_ptr<ReplyPort> port_;
  const std::chrono::milliseconds heartbeat_;
  wire::Ready ready_;
  std::atomic<bool> alive_{true}, stopping_{false};
  std::atomic<std::uint64_t> next_call_{1};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Pending> pending_;  // under mutex_
  std::string killed_for_;                    // under mutex_; "": not killed
  std::string death_;                         // under mutex_, once not alive
  Steady::time_point heard_, asked_;          // the thread's own
  bool asking_ = false;
  bool behind_ = false;  // frames may be waiting that the socket says nothing of
  std::thread thread_;
};

}  // namespace vestitel
