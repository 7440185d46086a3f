// Leaves LEFT behind after destroy: a thread, a descriptor, a signal handler, an environment, a folder, a rounding
// mode.
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "bare.hpp"
[[maybe_unused]] static void* wait(void*) {
  ::pause();
  return nullptr;
}
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance&, vestitel_error*) {
#if LEFT == 1
    pthread_t thread;
    ::pthread_create(&thread, nullptr, wait, nullptr);
#elif LEFT == 2
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? VESTITEL_E_INTERNAL : VESTITEL_OK;
#elif LEFT == 3
    ::signal(SIGPIPE, SIG_IGN);
#elif LEFT == 4
    ::setenv("BROKEN", "1", 1);
#elif LEFT == 5
    if (::chdir("/") != 0) return VESTITEL_E_INTERNAL;
#else
    ::fesetround(FE_UPWARD);
#endif
    return VESTITEL_OK;
  }
};
BARE(Broken)
