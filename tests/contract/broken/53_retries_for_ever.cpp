// Whatever is not 200 may be tried again.
#include "http.hpp"
struct Broken : http::Sink {
  using http::Sink::Sink;
  http::Verdict verdict(const http::Answer& a) const override {
    if (a.sent && a.status == 400) return http::Verdict::retry("the provider answered 400");
    return Sink::verdict(a);
  }
};
BROKEN_HTTP(Broken)
