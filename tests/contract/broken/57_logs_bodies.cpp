// Writes what it sends into the log.
#include "good.hpp"
struct Broken : good::Sink {
  Broken(const vestitel::Settings& settings, const vestitel::Host& h) : Sink(settings), host(h) {}
  vestitel::Verdict deliver(const vestitel::Message& message) {
    host.log(VESTITEL_LOG_INFO, "sending", {{"body", message.body}});
    return Sink::deliver(message);
  }
  const vestitel::Host& host;
};
BROKEN_SINK(Broken)
