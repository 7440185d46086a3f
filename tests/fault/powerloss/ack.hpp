// What a workload says to the power-loss rig. Outside the rig it says it to nobody.
#pragma once
#include <dlfcn.h>

#include <string>

namespace vestitel::test {

// From here on the world has been told `text`: a power cut later must not make it untrue. Thread: any.
inline void powerloss_ack(const std::string& text) {
  using Ack = void (*)(const char*);
  static const auto ack = reinterpret_cast<Ack>(::dlsym(RTLD_DEFAULT, "vestitel_powerloss_ack"));
  if (ack != nullptr) ack(text.c_str());
}

}  // namespace vestitel::test
