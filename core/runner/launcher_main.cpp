// vestitel-launcher: starts runners for the hub that started it, and ends with it. It takes no words.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdio>
#include <string>

#include "core/plugin/child/launcher.hpp"
#include "core/plugin/wire/frame.hpp"

namespace {

// The runner that lies beside this program.
std::string runner_path() {
  char self[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || length >= static_cast<ssize_t>(sizeof self)) return "";
  const std::string path(self, static_cast<std::size_t>(length));
  return path.substr(0, path.rfind('/')) + "/vestitel-runner";
}

}  // namespace

int main() {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(vestitel::wire::kSocketFd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    std::fputs("vestitel-launcher is started by vestitel, not by hand\n", stderr);
    return 2;
  }
  // What asks the hub to stop may reach its whole group; the launcher goes when the hub has gone.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(signal, SIG_IGN);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return vestitel::serve_launches(vestitel::OwnedFd(vestitel::wire::kSocketFd), runner_path());
}
