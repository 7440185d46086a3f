// Whatever is not 200 is not there.
#include "http.hpp"
struct Broken : http::Sink {
  using http::Sink::Sink;
  vestitel::Verdict found(const http::Answer& a) const override {
    return a.status == 200 ? vestitel::Verdict::delivered() : vestitel::Verdict::retry("not there");
  }
};
BROKEN_HTTP(Broken)
