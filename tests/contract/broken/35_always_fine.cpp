// Its check finds everything in order.
#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  void check() const {}
};
BROKEN_SINK(Broken)
