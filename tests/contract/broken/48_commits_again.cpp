// A commit that fails is tried fifty times more.
#include "good.hpp"
struct Broken : good::Feed {
  explicit Broken(const vestitel::Host& h) : host(h) {}
  vestitel::Polled poll(std::string_view cursor, std::uint32_t, vestitel::Emit& out) {
    int from = 0;
    if (!position(cursor, from)) throw vestitel::Error(VESTITEL_E_INVALID, "no cursor of this feed");
    if (from == kAll) return vestitel::Polled::end;
    const int to = from + kPage < kAll ? from + kPage : kAll;
    for (int i = from; i < to; ++i) emit(i, out);
    out.flush();
    const auto* service = host.service<vestitel_emit_v1>("vestitel.emit/1");
    const std::string next = std::to_string(to);
    vestitel_rc rc = VESTITEL_E_RETRY;
    for (int i = 0; i < 50 && rc < 0 && !out.failed(); ++i)
      rc = service->commit(host.abi(), vestitel::to_str(next), nullptr);
    if (rc < 0) throw vestitel::Error(rc, "committing");
    return to == kAll ? vestitel::Polled::end : vestitel::Polled::more;
  }
  const vestitel::Host& host;
};
BROKEN_FEED(Broken)
