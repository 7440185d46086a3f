// A message that is too large costs its address.
#include "http.hpp"
struct Broken : http::Sink {
  using http::Sink::Sink;
  http::Verdict verdict(const http::Answer& a) const override {
    if (a.status == 413) return http::Verdict::contact_dead("the provider answered 413");
    return Sink::verdict(a);
  }
};
BROKEN_HTTP(Broken)
