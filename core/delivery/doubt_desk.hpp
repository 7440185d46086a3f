// Asks a sink what became of messages that were sent and never answered, each again later until it is known or too old
// (`sink.unknown: ask`). Asking is work of the sink, which does one thing at a time: it waits while the sink delivers.
#pragma once
#include <atomic>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/delivery/policy.hpp"
#include "core/delivery/sink_health.hpp"
#include "core/ports/delivery_store.hpp"
#include "core/ports/sink.hpp"

namespace vestitel {

class DoubtDesk {
 public:
  // Borrows all but name and policy. A sink that cannot be asked is never asked.
  DoubtDesk(Sink& sink, DeliveryStore& store, std::string name, const DeliveryPolicy& policy, const Clock& clock,
            Random& random, LogWriter log);

  // It is time to look for some. Thread: any.
  [[nodiscard]] bool due() const;
  // Asks about those that are due, as many as the sink takes at once. Thread: the sink's.
  void work();

 private:
  Result<SettleOutcome> settle(const std::vector<Doubt>& doubts);
  void told(const std::vector<DoubtAnswer>& answers);

  Sink& sink_;
  DeliveryStore& store_;
  const std::string name_;
  const DeliveryPolicy policy_;
  const Clock& clock_;
  Random& random_;
  const LogWriter log_;
  const std::size_t most_;
  std::atomic<Micros> next_;  // monotonic
  bool failing_ = false;
};

}  // namespace vestitel
