// Two answers on one doubt.
#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    Sink::ask(doubts, answers);
    if (doubts.size() == 2) answers.settle(0, vestitel::Verdict::retry("no, it is not there"));
  }
};
BROKEN_SINK(Broken)
