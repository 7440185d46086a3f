#include "core/host/service.hpp"

#include <Poco/Util/ServerApplication.h>

#include <csignal>

#include "core/host/context.hpp"

namespace vestitel {
namespace {

// A terminal that closes ends the hub like any other request, unless it was started by nohup.
sigset_t signals_to_stop() {
  sigset_t stops;
  sigemptyset(&stops);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT}) sigaddset(&stops, signal);
  struct sigaction hangup {};
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&stops, SIGHUP);
  return stops;
}

class Service final : public Poco::Util::ServerApplication {
 public:
  explicit Service(const std::function<void()>& ready) : ready_(ready) { setUnixOptions(true); }

 protected:
  int main(const ArgVec&) override {
    ready_();
    const sigset_t stops = signals_to_stop();
    int taken = 0;
    while (sigwait(&stops, &taken) != 0) continue;
    return kExitDone;
  }

 private:
  const std::function<void()>& ready_;
};

}  // namespace

void hold_signals_to_stop() {
  const sigset_t stops = signals_to_stop();
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
}

int serve_until_told_to_stop(const std::function<void()>& ready) {
  Service service(ready);
  const std::vector<std::string> words{"vestitel"};
  return service.run(words);
}

}  // namespace vestitel
