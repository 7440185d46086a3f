// The launcher's own process: one thread, one question at a time.
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <set>

#include "core/plugin/child/launcher.hpp"
#include "core/plugin/wire/payload.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMostRunners = 256, kMaxPath = 4096;

class LauncherSide {
 public:
  LauncherSide(OwnedFd socket, const std::string& runner) : channel_(std::move(socket)), runner_(runner) {}

  int serve() {
    while (true) {
      auto frame = channel_.wait(std::chrono::milliseconds{-1});
      if (!frame) return frame.error().failure == Failure::kIo ? 0 : 1;
      if (auto answered = answer(*frame); !answered) return 1;
    }
  }

  ~LauncherSide() {
    for (const pid_t pid : running_) end(pid);
    for (const pid_t pid : running_) wait(pid);
  }

 private:
  Result<> answer(wire::Frame& frame) {
    wire::PayloadReader in(frame.payload);
    switch (frame.header.type) {
      case wire::Type::kSpawn: return spawn(in, frame.descriptors);
      case wire::Type::kKill: return kill(in.number<std::int32_t>());
      case wire::Type::kReap: return reap(in.number<std::int32_t>());
      default: return {Failure::kInvalid, "the launcher does not know what it is asked"};
    }
  }

  Result<> spawn(wire::PayloadReader& in, const std::vector<OwnedFd>& descriptors) {
    LaunchSpec spec;
    spec.command = {runner_};
    spec.limits.memory = in.number<std::uint64_t>();
    spec.limits.files = in.number<std::uint32_t>();
    spec.limits.cpu_seconds = in.number<std::uint32_t>();
    spec.limits.processes = in.number<std::uint32_t>();
    spec.limits.nice = in.number<std::int32_t>();
    spec.network = in.number<std::uint8_t>() != 0;
    spec.program = in.text(kMaxPath);
    if (!spec.program.empty()) spec.command.insert(spec.command.end(), {"--program", spec.program});
    if (!in.whole() || descriptors.size() != 5) return {Failure::kInvalid, "the launcher is asked in another way"};
    spec.socket = descriptors[0].get();
    spec.region = descriptors[1].get();
    spec.library = descriptors[2].get();
    spec.out = descriptors[3].get();
    spec.err = descriptors[4].get();
    auto launched = running_.size() < kMostRunners
                        ? launch(spec)
                        : Result<Launched>(Failure::kBusy, "starting a plugin's process: too many run already");
    if (launched) running_.insert(launched->pid);
    wire::PayloadWriter out;
    out.number(std::int32_t{launched ? launched->pid : -1});
    out.number(std::uint8_t{launched && launched->own_user}).number(std::uint8_t{launched && launched->own_network});
    out.text(launched ? std::string_view() : std::string_view(launched.error().message));
    if (!launched) return channel_.send(wire::Type::kDone, 0, out.view());
    const int handle = launched->handle.get();
    return channel_.send(wire::Type::kDone, 0, out.view(), {}, {&handle, 1});
  }

  Result<> kill(pid_t pid) {
    if (running_.contains(pid)) end(pid);
    return channel_.send(wire::Type::kDone, 0, {});
  }

  Result<> reap(pid_t pid) {
    const int status = running_.erase(pid) > 0 ? wait(pid) : -1;
    return channel_.send(wire::Type::kDone, 0, wire::PayloadWriter().number(std::int32_t{status}).view());
  }

  // What it may have left behind in its session goes with it. Its number is its own until it has been waited for.
  static void end(pid_t pid) {
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
  }

  static int wait(pid_t pid) {
    int status = -1;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return status;
  }

  wire::Channel channel_;
  const std::string& runner_;
  std::set<pid_t> running_;
};

}  // namespace

int serve_launches(OwnedFd socket, const std::string& runner) {
  LauncherSide side(std::move(socket), runner);
  return side.serve();
}

}  // namespace vestitel
