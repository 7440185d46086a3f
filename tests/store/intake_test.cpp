#include <catch2/catch.hpp>

#include "tests/support/store_rig.hpp"

namespace vestitel::test {
namespace {

std::string counts(const DocumentRow& row) {
  const DocumentCounts& n = row.counts;
  return std::to_string(n.accepted) + " new, " + std::to_string(n.corrected) + " corrected, " +
         std::to_string(n.annulled) + " annulled, " + std::to_string(n.duplicates) + " duplicates, " +
         std::to_string(n.outdated) + " outdated, " + std::to_string(n.quarantined) + " quarantined";
}

constexpr auto kDay = std::chrono::hours(24);

}  // namespace

TEST_CASE("the same bytes again answer with the row they had", "[intake]") {
  StoreRig rig;
  const auto first = rig.deliver("a.xml", {{1, "r1"}, {2, "r2"}});
  CHECK(counts(first) == "2 new, 0 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  const auto again = rig.deliver("a.xml", {{1, "r1"}, {2, "r2"}});
  CHECK(again.id == first.id);
}

TEST_CASE("bytes that were accepted can be refused under a row of their own", "[intake]") {
  StoreRig rig;
  const DocumentArrival arrival = rig.arrival("a.xml", "bytes");
  const auto opened = rig.store->intake().open_document(arrival);
  REQUIRE(rig.store->intake().seal(opened->id));
  const auto refused = rig.store->intake().register_rejected(arrival, "a bad sidecar");
  REQUIRE(refused);
  CHECK(refused->id != opened->id);
  CHECK(refused->state == DocumentState::kRejected);
  CHECK(refused->reason == "a bad sidecar");
  CHECK(rig.store->intake().open_document(arrival)->repeat_of->id == opened->id);
}

TEST_CASE("how often a reader died on a document is known after a restart", "[intake]") {
  StoreRig rig;
  const DocumentArrival arrival = rig.arrival("a.xml", "bytes");
  const auto died = [&] {
    const auto opened = rig.store->intake().open_document(arrival);
    REQUIRE(opened);
    const auto times = rig.store->intake().crashed(opened->id);
    rig.store->intake().release(opened->id);
    return times.value();
  };
  CHECK(died() == 1);
  rig.reopen();
  CHECK(died() == 2);
  CHECK(died() == 3);
}

TEST_CASE("a registry's record is one for each person, whatever the source calls it", "[intake]") {
  StoreRig rig;
  const auto choice = [](int person, const std::string& code) {
    Sheet sheet{person, "2026-06-01:from"};
    sheet.code = code;
    sheet.type = "gp.choice-changed";
    return sheet;
  };
  CHECK(counts(rig.deliver("a.csv", {choice(1, "a"), choice(2, "a")})) ==
        "2 new, 0 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  rig.clock.advance(kDay);
  CHECK(counts(rig.deliver("b.csv", {choice(2, "b"), choice(1, "a"), choice(3, "a")})) ==
        "1 new, 1 corrected, 0 annulled, 1 duplicates, 0 outdated, 0 quarantined");
}

TEST_CASE("another signature under the same report is no correction", "[intake]") {
  StoreRig rig;
  const auto signed_by = [&](const std::string& key, const std::string& value) {
    Sheet sheet{1, "r1"};
    sheet.attribute = {key, value};
    rig.clock.advance(kDay);
    return counts(rig.deliver(value, {sheet}));
  };
  signed_by("nhis.signature-value", "a");
  CHECK(signed_by("nhis.signature-value", "b") ==
        "0 new, 0 corrected, 0 annulled, 1 duplicates, 0 outdated, 0 quarantined");
  CHECK(rig.store->look().explain(event_id(1, 1))->value().event.attributes.back().second == "a");
  CHECK(signed_by("nhis.role", "c") == "0 new, 1 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
}

TEST_CASE("a state that is looked up again is an event only where it is another one", "[intake]") {
  StoreRig rig;
  const auto status = [&](const std::string& code, int days, const std::string& month = "") {
    Sheet sheet{1, "status"};
    sheet.code = code;
    sheet.type = "insurance.status-changed";
    sheet.days = days;
    if (!month.empty()) sheet.attribute = {"code.nap-missing-month", month};
    rig.clock.advance(kDay);
    return counts(rig.deliver(code + month + std::to_string(days), {sheet}));
  };
  const std::string kNew = "1 new, 0 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined";
  const std::string kSame = "0 new, 0 corrected, 0 annulled, 1 duplicates, 0 outdated, 0 quarantined";
  CHECK(status("2", 0, "2026-04") == kNew);
  CHECK(status("2", 1, "2026-04") == kSame);
  CHECK(status("2", 2, "2026-05") == kSame);  // other months of the same state
  CHECK(status("1", 3) == kNew);
  CHECK(status("2", 1) == "0 new, 0 corrected, 0 annulled, 0 duplicates, 1 outdated, 0 quarantined");
  CHECK(status("2", 4, "2026-06") == kNew);

  const Event first = rig.store->look().explain(event_id(1, 1))->value().event;
  const Event last = rig.store->look().explain(event_id(6, 1))->value().event;
  CHECK_FALSE(first.prior.has_value());
  CHECK(last.prior == event_id(4, 1));
  CHECK(last.revision == Revision::kNew);
  CHECK(last.attributes == decltype(last.attributes){{"code.icd10", "2"}, {"code.nap-missing-month", "2026-06"}});
}

TEST_CASE("what a record is to what is known decides what becomes of it", "[intake]") {
  StoreRig rig;
  rig.deliver("a.xml", {{1, "r1"}, {2, "r2"}, {3, "r3"}});
  rig.clock.advance(kDay);

  SECTION("the same records in other bytes are duplicates") {
    CHECK(counts(rig.deliver("b.xml", {{3, "r3"}, {1, "r1"}})) ==
          "0 new, 0 corrected, 0 annulled, 2 duplicates, 0 outdated, 0 quarantined");
  }
  SECTION("other content under the same key is a correction, and only that one") {
    CHECK(counts(rig.deliver("b.xml", {{1, "r1"}, {2, "r2", "2203999001", "I11"}, {3, "r3"}})) ==
          "0 new, 1 corrected, 0 annulled, 2 duplicates, 0 outdated, 0 quarantined");
    CHECK(rig.store->look().explain(event_id(2, 1))->value().event.prior == event_id(1, 2));
  }
  SECTION("a record that names another person is annulled for the one and new for the other") {
    CHECK(counts(rig.deliver("b.xml", {{9, "r1"}})) ==
          "1 new, 0 corrected, 1 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  }
  SECTION("an older document supersedes nothing") {
    CHECK(counts(rig.deliver("b.xml", {{1, "r1", "2203999001", "I11"}}, -3 * kDay)) ==
          "0 new, 0 corrected, 0 annulled, 0 duplicates, 1 outdated, 0 quarantined");
  }
  SECTION("nor does one that is older than the last that said the same") {
    rig.deliver("b.xml", {{1, "r1"}}, 2 * kDay);
    CHECK(counts(rig.deliver("c.xml", {{1, "r1", "2203999001", "I11"}}, kDay)) ==
          "0 new, 0 corrected, 0 annulled, 0 duplicates, 1 outdated, 0 quarantined");
    CHECK(counts(rig.deliver("d.xml", {{1, "r1", "2203999001", "I11"}}, 3 * kDay)) ==
          "0 new, 1 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  }
  SECTION("what was said again in a document that was rejected does not count") {
    const auto again = rig.store->intake().open_document(rig.arrival("b.xml", "again", 2 * kDay));
    REQUIRE(rig.store->intake().stage(again->id, StoreRig::batch({{1, "r1"}})));
    REQUIRE(rig.store->intake().reject(again->id, "cut off", {}));
    CHECK(counts(rig.deliver("c.xml", {{1, "r1", "2203999001", "I11"}}, kDay)) ==
          "0 new, 1 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  }
  SECTION("an annulment stands, and no older document brings back what it annuls, known before or not") {
    CHECK(counts(rig.deliver("b.xml", {{1, "r1", "", "", Revision::kAnnulled}, {1, "r9", "", "", Revision::kAnnulled}},
                             kDay)) == "0 new, 0 corrected, 2 annulled, 0 duplicates, 0 outdated, 0 quarantined");
    CHECK(counts(rig.deliver("c.xml", {{1, "r1"}, {1, "r9"}}, -kDay)) ==
          "0 new, 0 corrected, 0 annulled, 0 duplicates, 2 outdated, 0 quarantined");
    CHECK(counts(rig.deliver("d.xml", {{1, "r1"}, {1, "r9"}}, 2 * kDay)) ==
          "0 new, 2 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  }
}

TEST_CASE("an annulment is told to whom the record was told, whoever it names", "[intake]") {
  StoreRig rig;
  rig.subscribe(1);
  rig.subscribe(2);
  rig.deliver("a.xml", {{1, "r1"}});
  rig.route();
  for (const auto& told : rig.lease()) REQUIRE(rig.settle(told, VerdictKind::kDelivered));
  rig.deliver("b.xml", {{2, "r1", "", "", Revision::kAnnulled}});
  rig.route();
  const auto taken_back = rig.lease();
  REQUIRE(taken_back.size() == 1);
  CHECK(taken_back[0].recipient == 1);
}

TEST_CASE("nothing of a document is seen before its seal", "[intake]") {
  StoreRig rig;
  rig.subscribe(1);
  const auto opened = rig.store->intake().open_document(rig.arrival("a.xml", "bytes"));
  REQUIRE(opened);
  REQUIRE(rig.store->intake().stage(opened->id, StoreRig::batch({{1, "r1"}}, 1)));
  REQUIRE(rig.store->intake().wait_staged(opened->id));
  CHECK(rig.route() == 0);
  CHECK(rig.store->look().events({}).value().empty());
  CHECK(rig.store->look().quarantine(0, {}).value().empty());

  SECTION("sealed, it is") {
    REQUIRE(rig.store->intake().seal(opened->id));
    CHECK(rig.route() == 1);
    CHECK(rig.store->look().quarantine(0, {}).value().size() == 1);
  }
  SECTION("rejected, it never is, and its records are new when they come again") {
    REQUIRE(rig.store->intake().reject(opened->id, "truncated", {3, 1, 40}));
    CHECK(rig.route() == 0);
    CHECK(counts(rig.deliver("b.xml", {{1, "r1"}})) ==
          "1 new, 0 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  }
}

TEST_CASE("a document goes on behind what was staged when the hub died", "[intake]") {
  StoreRig rig;
  const auto arrival = rig.arrival("a.xml", "bytes");
  const auto opened = rig.store->intake().open_document(arrival);
  REQUIRE(rig.store->intake().stage(opened->id, StoreRig::batch({{1, "r1"}, {2, "r2"}})));
  REQUIRE(rig.store->intake().wait_staged(opened->id));
  rig.reopen();
  const auto resumed = rig.store->intake().open_document(arrival);
  CHECK(resumed->id == opened->id);
  CHECK(resumed->staged == 2);
  REQUIRE(rig.store->intake().stage(resumed->id, StoreRig::batch({{3, "r3"}})));
  CHECK(counts(rig.store->intake().seal(resumed->id).value()) ==
        "3 new, 0 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
}

TEST_CASE("a batch behind one that failed is not applied, so that a resume finds no hole", "[intake]") {
  StoreRig rig;
  auto& intake = rig.store->intake();
  const auto other = intake.open_document(rig.arrival("other.xml", "other"));
  REQUIRE(intake.stage(other->id, StoreRig::batch({{1, "r1"}})));
  REQUIRE(intake.wait_staged(other->id));

  const auto arrival = rig.arrival("a.xml", "bytes");
  const auto opened = intake.open_document(arrival);
  REQUIRE(intake.stage(opened->id, StoreRig::batch({{1, "r1"}})));  // the same record, in a document still being read
  REQUIRE(intake.stage(opened->id, StoreRig::batch({{2, "r2"}})));
  const auto staged = intake.wait_staged(opened->id);
  REQUIRE_FALSE(staged);
  CHECK(staged.error().failure == Failure::kBusy);
  rig.reopen();
  CHECK(rig.store->intake().open_document(arrival)->staged == 0);
}

TEST_CASE("what nobody goes on reading gives way to another document with the same records", "[intake]") {
  StoreRig rig;
  const auto cut_off = rig.arrival("cut-off.xml", "cut off");
  const auto begun = rig.store->intake().open_document(cut_off);
  REQUIRE(rig.store->intake().stage(begun->id, StoreRig::batch({{1, "r1"}, {2, "r2"}})));
  REQUIRE(rig.store->intake().wait_staged(begun->id));
  SECTION("after a restart") { rig.reopen(); }
  SECTION("when its reader let go of it") { rig.store->intake().release(begun->id); }
  CHECK(counts(rig.deliver("whole.xml", {{1, "r1"}, {2, "r2"}, {3, "r3"}})) ==
        "3 new, 0 corrected, 0 annulled, 0 duplicates, 0 outdated, 0 quarantined");
  const auto again = rig.store->intake().open_document(cut_off);  // and is read anew where it comes after all
  CHECK(again->id != begun->id);
  CHECK(again->staged == 0);
  CHECK(rig.store->look().explain(event_id(begun->id, 1))->has_value() == false);
}

TEST_CASE("a document has one reader at a time", "[intake]") {
  StoreRig rig;
  auto& intake = rig.store->intake();
  const auto arrival = rig.arrival("a.xml", "bytes");
  const auto first = intake.open_document(arrival);
  REQUIRE(intake.stage(first->id, StoreRig::batch({{1, "r1"}})));
  const auto second = intake.open_document(arrival);
  REQUIRE_FALSE(second);
  CHECK(second.error().failure == Failure::kBusy);
  intake.release(first->id);
  const auto third = intake.open_document(arrival);
  CHECK(third->id == first->id);
  CHECK(third->staged == 1);
  CHECK(intake.seal(third->id)->counts.accepted == 1);
}

TEST_CASE("partners may use the same file names", "[intake]") {
  StoreRig rig;
  auto& intake = rig.store->intake();
  auto one = rig.arrival("report.xml", "of one"), other = rig.arrival("report.xml", "of the other");
  one.partner = "one";
  other.partner = "other";
  const auto first = intake.open_document(one);
  REQUIRE(intake.stage(first->id, StoreRig::batch({{1, "r1"}})));
  REQUIRE(intake.open_document(other));
  CHECK(intake.seal(first->id)->state == DocumentState::kSealed);
}

TEST_CASE("what a record says can be read back, and no identifier lies in the files", "[intake]") {
  StoreRig rig;
  rig.subscribe(1, Channel::kEmail, "canary@example.test");
  rig.deliver("a.xml", {{1, "26279A0000A1", "2203999001", "Z98CANARY"}});
  rig.route();
  const auto event = rig.store->look().explain(event_id(1, 1))->value().event;
  CHECK(event.facility == "2203999001");
  CHECK(event.attributes.at(0).second == "Z98CANARY");
  CHECK(event.place.line == 1);
  rig.close();
  for (const char* name : {"vestitel.db", "vestitel.db-wal", "keys.db", "keys.db-wal"}) {
    CAPTURE(name);
    const std::string path = rig.folder.file("store/") + name;
    std::string bytes;
    if (FILE* file = std::fopen(path.c_str(), "rb")) {
      char buffer[65536];
      while (const auto n = std::fread(buffer, 1, sizeof buffer, file)) bytes.append(buffer, n);
      std::fclose(file);
    }
    for (const auto& canary : {StoreRig::egn(1), std::string("canary@example.test"), std::string("Z98CANARY")})
      CHECK(bytes.find(canary) == std::string::npos);
  }
}

TEST_CASE("a master key that is not the store's own is refused", "[intake]") {
  StoreRig rig;
  rig.close();
  SeededRandom other(99);
  const auto opened = sqlite::Store::open({rig.folder.file("store"), "node-1"}, derive_keys(SecretKey::random(other)),
                                          rig.clock, other, {});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().failure == Failure::kConfig);
}

TEST_CASE("a second process on the same store is refused", "[intake]") {
  StoreRig rig;
  const auto second = sqlite::Store::open({rig.folder.file("store"), "node-1"},
                                          derive_keys(SecretKey::random(rig.random)), rig.clock, rig.random, {});
  REQUIRE_FALSE(second);
  CHECK(second.error().failure == Failure::kBusy);
}

}  // namespace vestitel::test
