// An answer that never came is taken for a message that never left.
#include "http.hpp"
struct Broken : http::Sink {
  using http::Sink::Sink;
  http::Verdict verdict(const http::Answer& a) const override {
    if (a.status == 0) return http::Verdict::retry("no answer");
    return Sink::verdict(a);
  }
};
BROKEN_HTTP(Broken)
