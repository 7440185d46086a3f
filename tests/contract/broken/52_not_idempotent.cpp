// Says that a key takes effect once, and writes another line each time.
#include "good.hpp"
struct Broken : good::Sink {
  using good::Sink::Sink;
  vestitel::Verdict deliver(const vestitel::Message& message) {
    if (!plain(message.idem_key) || !plain(message.to))
      return vestitel::Verdict::permanent("an address or key of no use");
    return write(folder + "/" + std::string(message.idem_key), "a", message);
  }
};
BROKEN_SINK(Broken)
