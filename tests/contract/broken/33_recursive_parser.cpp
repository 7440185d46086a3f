// Calls itself for each open bracket of its settings.
#include "bare.hpp"
static std::size_t skip(std::string_view json, std::size_t at) {
  volatile char frame[128];
  frame[0] = '\1';
  const std::size_t next = json.find_first_of("{[", at);
  return next == std::string_view::npos ? at : skip(json, next + 1) + static_cast<std::size_t>(frame[0]);
}
struct Broken : bare::Rows<Broken> {
  static vestitel_rc settings(bare::Instance& self, vestitel_str json, vestitel_error* error) {
    if (json.n < 1'000'000) self.stopping = skip(bare::view(json), 0) == 1;
    return Reader::settings(self, json, error);
  }
};
BARE(Broken)
