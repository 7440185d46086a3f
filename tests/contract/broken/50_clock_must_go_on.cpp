// Gives up when the clock has stepped back meanwhile.
#include "good.hpp"
struct Broken : good::Reader {
  explicit Broken(const vestitel::Host& h) : host(h) {}
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    const auto then = host.now_us();
    Reader::parse(document, in, out);
    if (host.now_us() < then) throw vestitel::Error(VESTITEL_E_INTERNAL, "the clock is wrong");
  }
  const vestitel::Host& host;
};
BROKEN_READER(Broken)
