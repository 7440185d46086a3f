// The cursor that it commits is ahead of the events that it has emitted.
#include "good.hpp"
struct Broken : good::Feed {
  vestitel::Polled poll(std::string_view cursor, std::uint32_t, vestitel::Emit& out) {
    int from = 0;
    if (!position(cursor, from)) throw vestitel::Error(VESTITEL_E_INVALID, "no cursor of this feed");
    if (from == kAll) return vestitel::Polled::end;
    emit(from, out);
    out.commit(std::to_string(kAll));
    for (int i = from + 1; i < kAll; ++i) emit(i, out);
    out.commit(std::to_string(kAll));
    return vestitel::Polled::end;
  }
};
BROKEN_FEED(Broken)
