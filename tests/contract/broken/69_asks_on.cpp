// Asked about many, it takes its time and hears nobody.
#include <unistd.h>

#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    for (std::uint32_t i = 0; i < doubts.size(); ++i) {
      if (doubts.size() > 2) ::usleep(50'000);
      answers.settle(i, found(doubts[i]));
    }
  }
};
BROKEN_SINK(Broken)
