// Two verdicts on one message.
#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  void deliver(const vestitel::MessageBatch& batch, vestitel::Delivery& delivery) {
    for (std::uint32_t i = 0; i < batch.size() && !delivery.cancelled(); ++i) {
      if (batch[i].expires_us != 0 && batch[i].expires_us < delivery.now_us()) {
        delivery.settle(i, vestitel::Verdict::permanent("expired"));
        continue;
      }
      delivery.begin(i);
      const auto verdict = Sink::deliver(batch[i]);
      delivery.settle(i, verdict);
      if (batch.size() == 2) delivery.settle(i, verdict);
    }
  }
};
BROKEN_SINK(Broken)
