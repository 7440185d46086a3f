// Asked about a message, it sends one.
#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    for (std::uint32_t i = 0; i < doubts.size() && !answers.cancelled(); ++i) {
      answers.settle(i, found(doubts[i]));
      vestitel::Message message;
      message.body = "What became of it?";
      if (plain(doubts[i].idem_key))
        static_cast<void>(write(folder + "/about-" + std::string(doubts[i].idem_key), "w", message));
    }
  }
};
BROKEN_SINK(Broken)
