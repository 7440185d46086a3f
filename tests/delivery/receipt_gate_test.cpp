#include "core/delivery/receipt_gate.hpp"

#include <catch2/catch.hpp>
#include <map>

namespace vestitel::test {
namespace {

struct Kept final : ReceiptTaker {
  Result<> take_receipt(std::string_view, std::string_view, const Verdict& verdict) override {
    ++kinds[verdict.kind];
    return Done{};
  }
  std::map<VerdictKind, int> kinds;
};

Verdict said(VerdictKind kind) {
  Verdict verdict;
  verdict.kind = kind;
  return verdict;
}

}  // namespace

TEST_CASE("receipts that call everybody gone cost next to nobody their address", "[dead]") {
  Kept store;
  ReceiptGate gate(store, 20);
  for (int i = 0; i < 5'000; ++i)
    CHECK(gate.take_receipt("sms", std::to_string(i), said(VerdictKind::kContactDead)).ok());
  CHECK(store.kinds[VerdictKind::kContactDead] == 9);
  CHECK(store.kinds[VerdictKind::kPermanent] == 4'991);
}

TEST_CASE("receipts that call few gone are believed, and the others pass as they are", "[dead]") {
  Kept store;
  ReceiptGate gate(store, 20);
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

}  // namespace vestitel::test
