// A cursor that it does not know is an upstream that never ends.
#include "good.hpp"
struct Broken : good::Feed {
  vestitel::Polled poll(std::string_view cursor, std::uint32_t max, vestitel::Emit& out) {
    int from = 0;
    return position(cursor, from) ? Feed::poll(cursor, max, out) : vestitel::Polled::more;
  }
};
BROKEN_FEED(Broken)
