// Begins what it is only asked about.
#include "good.hpp"
struct Broken : good::Sink {
  Broken(const vestitel::Settings& settings, const vestitel::Host& h) : Sink(settings), host(h) {}
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    const auto* service = host.service<vestitel_delivery_v1>("vestitel.delivery/1");
    for (std::uint32_t i = 0; i < doubts.size() && !answers.cancelled(); ++i) {
      service->begin(host.abi(), i);
      answers.settle(i, found(doubts[i]));
    }
  }
  const vestitel::Host& host;
};
BROKEN_SINK(Broken)
