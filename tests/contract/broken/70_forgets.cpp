// Is sure of what its process has not seen.
#include <set>

#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  vestitel::Verdict deliver(const vestitel::Message& message) {
    seen.emplace(message.idem_key);
    return Sink::deliver(message);
  }
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    for (std::uint32_t i = 0; i < doubts.size() && !answers.cancelled(); ++i)
      answers.settle(i, seen.count(std::string(doubts[i].idem_key)) != 0 ? vestitel::Verdict::delivered()
                                                                         : vestitel::Verdict::retry("not there"));
  }
  void stop() { seen.clear(); }
  std::set<std::string> seen;
};
BROKEN_SINK(Broken)
