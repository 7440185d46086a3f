// Writes the title into a header as it is.
#include "http.hpp"
struct Broken : http::Sink {
  using http::Sink::Sink;
  std::string headers(const vestitel::Message& message) const override {
    return "X-Title: " + std::string(message.title) + "\r\n";
  }
};
BROKEN_HTTP(Broken)
