#include "core/delivery/receipt_gate.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/manual_clock.hpp"

namespace vestitel::test {
namespace {

struct Kept final : ReceiptTaker {
  Result<> take_receipt(std::string_view, std::string_view, const Verdict& verdict) override {
    ++kinds[verdict.kind];
    return Done{};
  }
  Result<std::int64_t> awaited(std::string_view) override { return messages; }
  std::map<VerdictKind, int> kinds;
  std::int64_t messages = 0;
};

Verdict said(VerdictKind kind) {
  Verdict verdict;
  verdict.kind = kind;
  return verdict;
}

}  // namespace

TEST_CASE("receipts that call everybody gone cost next to nobody their address", "[dead]") {
  Kept store;
  ManualClock clock;
  ReceiptGate gate(store, clock, 20, false);
  for (int i = 0; i < 5'000; ++i)
    CHECK(gate.take_receipt("sms", std::to_string(i), said(VerdictKind::kContactDead)).ok());
  CHECK(store.kinds[VerdictKind::kContactDead] == 9);
  CHECK(store.kinds[VerdictKind::kPermanent] == 4'991);
}

TEST_CASE("receipts that call few gone are believed, and the others pass as they are", "[dead]") {
  Kept store;
  ManualClock clock;
  ReceiptGate gate(store, clock, 20, false);
  for (int i = 0; i < 1'000; ++i) {
    const auto kind = i % 10 == 9   ? VerdictKind::kContactDead
                      : i % 10 == 8 ? VerdictKind::kPermanent
                                    : VerdictKind::kDelivered;
    CHECK(gate.take_receipt("sms", std::to_string(i), said(kind)).ok());
  }
  CHECK(store.kinds[VerdictKind::kContactDead] == 100);
  CHECK(store.kinds[VerdictKind::kPermanent] == 100);
  CHECK(store.kinds[VerdictKind::kDelivered] == 800);
}

TEST_CASE("where only failures are reported, the dead are measured against what was sent", "[dead]") {
  Kept store;
  ManualClock clock;
  ReceiptGate gate(store, clock, 20, true);
  const auto tell = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      CHECK(gate.take_receipt("mail", std::to_string(i), said(VerdictKind::kContactDead)).ok());
  };
  store.messages = 1'000;
  tell(0, 200);
  CHECK(store.kinds[VerdictKind::kContactDead] == 200);
  tell(0, 200);  // the same once more
  CHECK(store.kinds[VerdictKind::kContactDead] == 400);
  tell(200, 300);
  CHECK(store.kinds[VerdictKind::kContactDead] == 400);
  CHECK(store.kinds[VerdictKind::kPermanent] == 100);
  clock.advance(std::chrono::hours(24 * 8));  // another week
  tell(300, 400);
  CHECK(store.kinds[VerdictKind::kContactDead] == 500);
}

TEST_CASE("who wants no more is believed, however many they are", "[dead]") {
  Kept store;
  ManualClock clock;
  ReceiptGate gate(store, clock, 20, GENERATE(false, true));
  Verdict unwanted = said(VerdictKind::kContactDead);
  unwanted.arrived = true;
  for (int i = 0; i < 100; ++i) CHECK(gate.take_receipt("mail", std::to_string(i), unwanted).ok());
  CHECK(store.kinds[VerdictKind::kContactDead] == 100);
}

}  // namespace vestitel::test
