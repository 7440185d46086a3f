// Writes its password into the log.
#include "good.hpp"
struct Broken : good::Reader {
  explicit Broken(const vestitel::Host& h) : host(h) {}
  void start() { host.log(VESTITEL_LOG_INFO, "starting", {{"password", host.secret("password")}}); }
  const vestitel::Host& host;
};
BROKEN_READER(Broken)
