// Names a thread for those who look at the process from outside (top -H, gdb, perf). At most 15 bytes.
#pragma once
#include <pthread.h>

namespace vestitel {

inline void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace vestitel
