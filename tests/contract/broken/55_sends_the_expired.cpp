// Never looks whether a message has expired.
#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  void deliver(const vestitel::MessageBatch& batch, vestitel::Delivery& delivery) {
    for (std::uint32_t i = 0; i < batch.size() && !delivery.cancelled(); ++i) {
      delivery.begin(i);
      delivery.settle(i, Sink::deliver(batch[i]));
    }
  }
};
BROKEN_SINK(Broken)
