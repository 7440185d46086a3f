#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

namespace vestitel::test {
namespace {

Partner acme() {
  Partner partner;
  partner.id = "acme";
  partner.name = "МЦ Пример";
  partner.region = "22";
  partner.receipts_to = "reports@acme.example";
  partner.facilities = {"2203999001"};
  partner.instances = {"amblist"};
  return partner;
}

Partner called(const std::string& id) {
  Partner partner = acme();
  partner.id = id;
  return partner;
}

Credential key(std::uint8_t n, Instant since) {
  Credential credential;
  credential.digest.fill(n);
  credential.since = since;
  return credential;
}

struct PartnersRig : StoreRig {
  PartnerStore& partners() { return store->partners(); }
  std::string whose(std::uint8_t n, CredentialKind kind = CredentialKind::kKey) {
    const auto found = partners().authenticate(kind, key(n, {}).digest, clock.now());
    REQUIRE(found);
    return *found ? (*found)->id : "nobody";
  }
  // Opens, stages and ends a document in the name of a partner; its events are told apart by `code`.
  DocumentRow from(const std::string& partner, const std::vector<Sheet>& sheets, const std::string& bytes) {
    DocumentArrival one = arrival(bytes, partner + bytes);
    one.partner = partner;
    const auto opened = store->intake().open_document(one);
    REQUIRE(opened);
    REQUIRE(store->intake().stage(opened->id, batch(sheets)));
    const auto row = store->intake().seal(opened->id);
    REQUIRE(row);
    return *row;
  }
};

Sheet with(const std::string& code, Revision revision = Revision::kNew) {
  Sheet sheet;
  sheet.code = code;
  sheet.revision = revision;
  return sheet;
}

}  // namespace

TEST_CASE("a partner is as it was registered, after a restart too", "[partners]") {
  PartnersRig rig;
  CHECK(rig.partners().partners()->empty());
  REQUIRE(rig.partners().add(acme()));
  CHECK(rig.partners().add(acme()).error().failure == Failure::kConflict);
  rig.reopen();
  const auto kept = rig.partners().partner("acme");
  REQUIRE((kept && *kept));
  CHECK((*kept)->name == "МЦ Пример");
  CHECK((*kept)->region == "22");
  CHECK((*kept)->receipts_to == "reports@acme.example");
  CHECK((*kept)->facilities == std::vector<std::string>{"2203999001"});
  CHECK((*kept)->may_use("amblist"));
  CHECK_FALSE((*kept)->ended);
  CHECK_FALSE(*rig.partners().partner("other"));
}

TEST_CASE("what is changed takes the place of what was", "[partners]") {
  PartnersRig rig;
  CHECK(rig.partners().change(acme()).error().failure == Failure::kNotFound);
  REQUIRE(rig.partners().add(acme()));
  Partner changed = acme();
  changed.facilities = {"01", "any"};
  changed.instances = {"dental"};
  changed.ended = rig.clock.now();
  REQUIRE(rig.partners().change(changed));
  rig.reopen();
  const auto kept = **rig.partners().partner("acme");
  CHECK(kept.facilities == std::vector<std::string>{"01", "any"});
  CHECK_FALSE(kept.may_use("amblist"));
  CHECK(kept.ended == rig.clock.now());
}

TEST_CASE("a credential is its partner's, of its kind, until it has been rotated out", "[partners]") {
  PartnersRig rig;
  REQUIRE(rig.partners().add(acme()));
  REQUIRE(rig.partners().add(called("other")));
  const Instant now = rig.clock.now();
  REQUIRE(rig.partners().rotate("acme", key(1, now), now));
  CHECK(rig.whose(1) == "acme");
  CHECK(rig.whose(1, CredentialKind::kCertificate) == "nobody");
  CHECK(rig.whose(2) == "nobody");
  CHECK(rig.partners().rotate("other", key(1, now), now).error().failure == Failure::kConflict);
  CHECK(rig.partners().rotate("nobody", key(3, now), now).error().failure == Failure::kNotFound);

  REQUIRE(rig.partners().rotate("acme", key(2, now), now + std::chrono::hours(24)));
  CHECK(rig.whose(1) == "acme");
  CHECK(rig.whose(2) == "acme");
  rig.clock.advance(std::chrono::hours(24));
  CHECK(rig.whose(1) == "nobody");
  CHECK(rig.whose(2) == "acme");
  rig.reopen();
  CHECK(rig.whose(1) == "nobody");
  CHECK(rig.whose(2) == "acme");
  REQUIRE(rig.partners().credentials("acme")->size() == 2);

  SECTION("rotating again does not lengthen what was to end") {
    const Instant later = rig.clock.now();
    REQUIRE(rig.partners().rotate("acme", key(3, later), later + std::chrono::hours(24)));
    CHECK(rig.whose(1) == "nobody");
    CHECK(rig.whose(2) == "acme");
  }
  SECTION("a certificate does not end a key") {
    Credential certificate = key(4, rig.clock.now());
    certificate.kind = CredentialKind::kCertificate;
    REQUIRE(rig.partners().rotate("acme", certificate, rig.clock.now()));
    CHECK(rig.whose(2) == "acme");
    CHECK(rig.whose(4, CredentialKind::kCertificate) == "acme");
  }
  SECTION("one that has ended is nobody") {
    Partner ended = acme();
    ended.ended = rig.clock.now();
    REQUIRE(rig.partners().change(ended));
    CHECK(rig.whose(2) == "nobody");
  }
}

TEST_CASE("nobody corrects or annuls another partner's record", "[partners]") {
  PartnersRig rig;
  REQUIRE(rig.partners().add(called("one")));
  REQUIRE(rig.partners().add(called("other")));
  REQUIRE(rig.from("one", {with("I10")}, "1").counts.accepted == 1);

  CHECK(rig.from("other", {with("J20")}, "2").counts.quarantined == 1);
  const auto annulling = rig.from("other", {with("I10", Revision::kAnnulled)}, "3");
  CHECK(annulling.counts.quarantined == 1);
  const auto why = rig.store->look().quarantine(annulling.id, {0, 10});
  CHECK(why->front().element == "facility");
  CHECK(why->front().reason == "another partner reported this record; it alone may report it again");

  CHECK(rig.from("one", {with("J20")}, "4").counts.corrected == 1);
  CHECK(rig.from("", {with("J21")}, "5").counts.corrected == 1);  // the Fund's own import
  CHECK(rig.from("other", {with("J22")}, "6").counts.corrected == 1);
}

TEST_CASE("what a partner reported that has ended is its successor's to correct", "[partners]") {
  PartnersRig rig;
  REQUIRE(rig.partners().add(called("one")));
  REQUIRE(rig.partners().add(called("other")));
  REQUIRE(rig.from("one", {with("I10")}, "1").counts.accepted == 1);
  Partner ended = called("one");
  ended.ended = rig.clock.now();
  REQUIRE(rig.partners().change(ended));
  CHECK(rig.from("other", {with("J20")}, "2").counts.corrected == 1);
}

TEST_CASE("a complete scope annuls its own partner's records alone", "[partners]") {
  PartnersRig rig;
  REQUIRE(rig.partners().add(called("one")));
  REQUIRE(rig.partners().add(called("other")));
  REQUIRE(rig.from("one", {with("I10")}, "1").counts.accepted == 1);
  DocumentArrival empty = rig.arrival("2", "2");
  empty.partner = GENERATE("one", "other");
  const auto opened = rig.store->intake().open_document(empty);
  REQUIRE(rig.store->intake().annul_gone(opened->id, Sheet().scope));
  CHECK(rig.store->intake().seal(opened->id)->counts.annulled == (empty.partner == "one" ? 1 : 0));
}

TEST_CASE("a trial is never taken for the delivery, nor the delivery for a trial", "[partners]") {
  PartnersRig rig;
  DocumentArrival trial = rig.arrival("report.xml", "bytes");
  trial.transport = Transport::kTrial;
  const DocumentArrival delivery = rig.arrival("report.xml", "bytes");
  const auto tried = rig.store->intake().open_document(trial);
  REQUIRE(tried);
  REQUIRE(rig.store->intake().stage(tried->id, StoreRig::batch({with("I10")})));
  rig.store->intake().release(tried->id);  // as a kill leaves it

  const auto opened = rig.store->intake().open_document(delivery);
  REQUIRE(opened);
  CHECK(opened->id != tried->id);
  CHECK(opened->staged == 0);
  REQUIRE(rig.store->intake().stage(opened->id, StoreRig::batch({with("I10")})));
  CHECK(rig.store->intake().seal(opened->id)->counts.accepted == 1);
  // What was delivered answers a trial of the same bytes.
  const auto again = rig.store->intake().open_document(trial);
  REQUIRE(again);
  REQUIRE(again->repeat_of);
  CHECK(again->repeat_of->id == opened->id);
}

}  // namespace vestitel::test
