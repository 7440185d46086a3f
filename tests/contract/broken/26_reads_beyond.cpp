// Looks at a field of the host that ABI 1.0 does not have, and does not ask whether it is there.
#include "bare.hpp"
struct LaterHost {
  vestitel_host host;
  const void* later;
};
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance& self, vestitel_error*) {
    const auto* later = reinterpret_cast<const volatile LaterHost*>(self.host);
    return later->later == &self ? VESTITEL_E_INTERNAL : VESTITEL_OK;
  }
};
BARE(Broken)
