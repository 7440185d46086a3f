#include "core/plugin/child/launcher.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

#include "core/base/os_error.hpp"
#include "core/plugin/wire/payload.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{10'000};

Error failed(const std::string& why) { return {Failure::kIo, "starting vestitel-launcher: " + why}; }

// Copies of both ends above the numbers that are placed, so that placing one cannot close another.
Result<std::array<OwnedFd, 2>> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return failed(os_error());
  return std::array<OwnedFd, 2>{OwnedFd(ends[0]), OwnedFd(ends[1])};
}

Result<pid_t> spawn_launcher(const std::string& program, int socket) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, socket, wire::kSocketFd);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, wire::kSocketFd + 1);
  char* const words[] = {const_cast<char*>(program.c_str()), nullptr};
  char* const environment[] = {nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, words, environment);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return failed(program + ": " + os_error(error));
  return pid;
}

}  // namespace

Result<std::unique_ptr<Launcher>> Launcher::start(const std::string& folder) {
  auto ends = socket_pair();
  if (!ends) return ends.error();
  auto& [ours, theirs] = *ends;
  // dup2 onto its own number would leave close-on-exec set.
  const OwnedFd high(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, 64));
  if (!high) return failed(os_error());
  const auto pid = spawn_launcher(folder + "/vestitel-launcher", high.get());
  if (!pid) return pid.error();
  return std::unique_ptr<Launcher>(new Launcher(folder, *pid, std::move(ours)));
}

Launcher::~Launcher() {
  channel_.hang_up();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

Result<wire::Frame> Launcher::ask(wire::Type type, std::string_view payload, std::span<const int> descriptors) {
  if (auto sent = channel_.send(type, 0, payload, {}, descriptors); !sent)
    return sent.error().during("asking vestitel-launcher");
  auto frame = channel_.wait(kPatience);
  if (!frame) return frame.error().during("asking vestitel-launcher");
  if (frame->header.type != wire::Type::kDone) return {Failure::kInternal, "vestitel-launcher answers out of turn"};
  return frame;
}

Result<Launched> Launcher::spawn(const LaunchSpec& spec) {
  wire::PayloadWriter out;
  out.number(spec.limits.memory).number(spec.limits.files).number(spec.limits.cpu_seconds);
  out.number(spec.limits.processes)
      .number(std::int32_t{spec.limits.nice})
      .number(std::uint8_t{spec.network})
      .text(spec.program);
  const std::array<int, 5> descriptors{spec.socket, spec.region, spec.library, spec.out, spec.err};
  const std::lock_guard lock(mutex_);
  auto frame = ask(wire::Type::kSpawn, out.view(), descriptors);
  if (!frame) return frame.error();
  wire::PayloadReader in(frame->payload);
  Launched launched;
  launched.pid = in.number<std::int32_t>();
  launched.own_user = in.number<std::uint8_t>() != 0;
  launched.own_network = in.number<std::uint8_t>() != 0;
  const auto why = in.text();
  if (launched.pid <= 0 || frame->descriptors.empty()) return {Failure::kIo, std::string(why)};
  launched.handle = std::move(frame->descriptors.front());
  return launched;
}

Result<> Launcher::kill(pid_t pid) {
  const std::lock_guard lock(mutex_);
  const auto frame = ask(wire::Type::kKill, wire::PayloadWriter().number(std::int32_t{pid}).view(), {});
  if (!frame) return frame.error();
  return Done{};
}

Result<int> Launcher::reap(pid_t pid) {
  const std::lock_guard lock(mutex_);
  const auto frame = ask(wire::Type::kReap, wire::PayloadWriter().number(std::int32_t{pid}).view(), {});
  if (!frame) return frame.error();
  return wire::PayloadReader(frame->payload).number<std::int32_t>();
}

}  // namespace vestitel
