// Knows every message.
#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    for (std::uint32_t i = 0; i < doubts.size() && !answers.cancelled(); ++i)
      answers.settle(i, vestitel::Verdict::accepted("there"));
  }
};
BROKEN_SINK(Broken)
