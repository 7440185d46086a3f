// The order of calls on one instance: what is out of order never reaches the plugin.
#pragma once
#include <vestitel/abi.h>

#include <mutex>

#include "core/base/result.hpp"
#include "core/plugin/call_order.hpp"
#include "core/plugin/host_side.hpp"

namespace vestitel {

// What the parts of an in-process instance share.
struct InProcessCore {
  InProcessCore(HostContext context, const PluginDescription& description, const CallOrder& calls)
      : host(std::move(context), description), order(calls) {}

  HostSide host;
  vestitel_plugin* plugin = nullptr;
  std::mutex work;  // held during a work call: one at a time, whatever the plugin would allow
  const CallOrder& order;
};

// Lets one work call in. kConflict: not running, or one runs already; kCancelled: the hub is stopping.
inline Result<std::unique_lock<std::mutex>> enter_work(bool cancelled, const CallOrder& order, std::mutex& work) {
  if (cancelled) return {Failure::kCancelled, "the instance has been cancelled"};
  if (!order.running()) return {Failure::kConflict, "the instance is not running"};
  std::unique_lock lock(work, std::try_to_lock);
  if (!lock.owns_lock()) return {Failure::kConflict, "a work call of the instance is running already"};
  return lock;
}
inline Result<std::unique_lock<std::mutex>> enter_work(InProcessCore& core) {
  return enter_work(core.host.cancelled(), core.order, core.work);
}

}  // namespace vestitel
