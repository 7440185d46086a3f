// The one small process that may start others. The hub forks it first, before it has threads or secrets, and can then
// give up execve for good (core/host). It ends when the hub ends, however that happens, and its runners with it.
#pragma once
#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"
#include "core/plugin/child/launch.hpp"
#include "core/plugin/wire/channel.hpp"

namespace vestitel {

class Launcher {
 public:
  // `folder`: absolute, where vestitel-launcher and vestitel-runner lie.
  static Result<std::unique_ptr<Launcher>> start(const std::string& folder);
  ~Launcher();  // ends it and all its runners
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  // Starts a runner with what `spec` says; its command is the launcher's own. Thread: any, as of all that follow.
  Result<Launched> spawn(const LaunchSpec& spec);
  Result<> kill(pid_t pid);  // SIGKILL to its whole session
  // The wait status of a runner whose handle has become readable; forgets it.
  Result<int> reap(pid_t pid);

  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  Launcher(std::string folder, pid_t pid, OwnedFd socket)
      : folder_(std::move(folder)), pid_(pid), channel_(std::move(socket)) {}
  Result<wire::Frame> ask(wire::Type type, std::string_view payload, std::span<const int> descriptors);

  const std::string folder_;
  const pid_t pid_;
  std::mutex mutex_;  // one question at a time
  wire::Channel channel_;
};

// From here on no thread of this process can start a program: execve answers EPERM. For good.
Result<> give_up_execve();

// What the launcher does in its own process: answers on the socket until the other end goes. The exit code.
int serve_launches(OwnedFd socket, const std::string& runner);

}  // namespace vestitel
