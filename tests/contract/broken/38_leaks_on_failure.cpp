// A start that fails for want of a secret keeps its memory.
#include "good.hpp"
struct Broken : good::Reader {
  explicit Broken(const vestitel::Host& h) : host(h) {}
  void start() {
    auto* buffer = new std::string(4096, 'x');
    if (host.secret("password").empty())
      throw vestitel::Error::config("/password", "not set; vestitel.secret/1 has none");
    delete buffer;
  }
  const vestitel::Host& host;
};
BROKEN_READER(Broken)
