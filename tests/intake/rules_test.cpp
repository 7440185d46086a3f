#include "core/intake/rules.hpp"

#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

namespace vestitel::test {
namespace {

struct RulesRig : StoreRig {
  RulesRig() {
    Partner partner;
    partner.id = "acme";
    partner.facilities = {"2203999001"};
    partner.instances = {"amblist"};
    REQUIRE(store->partners().add(partner));
  }
  // "taken", "ELEMENT: REASON" of a record for the facility, or why the document is not opened.
  std::string said(const std::string& partner, const std::string& facility, const std::string& instance = "amblist") {
    DocumentArrival document = arrival("a.xml", "a");
    document.partner = partner;
    document.instance = instance;
    const auto rules = rules_with(clock, store->partners())(document);
    if (!rules) return rules.error().message;
    Sheet sheet;
    sheet.facility = facility;
    const EventBatch events = batch({sheet});
    const auto objection = (*rules)(events.events.front(), document);
    return objection ? objection->element + ": " + objection->reason : "taken";
  }
};

}  // namespace

TEST_CASE("a partner's records are for its facilities", "[rules]") {
  RulesRig rig;
  CHECK(rig.said("acme", "2203999001") == "taken");
  CHECK(rig.said("acme", "2203999002") == "facility: the partner does not report for this facility");
  CHECK(rig.said("", "2203999002") == "taken");
}

TEST_CASE("a document of one that may not deliver it is not opened", "[rules]") {
  RulesRig rig;
  CHECK(rig.said("other", "2203999001") == "partner other is not registered; `vestitel partners add` registers it");
  CHECK(rig.said("acme", "2203999001", "dental") ==
        "partner acme may not deliver to instance dental; `vestitel partners set` changes that");
  Partner ended = **rig.store->partners().partner("acme");
  ended.ended = rig.clock.now();
  REQUIRE(rig.store->partners().change(ended));
  CHECK(rig.said("acme", "2203999001") == "partner acme has ended");
}

}  // namespace vestitel::test
