// One activity, several sources: who is told of it, by which report, and what becomes of "told already".
#include <catch2/catch.hpp>

#include <algorithm>

#include "core/routing/router.hpp"
#include "tests/pipeline/rules.hpp"
#include "tests/support/store_rig.hpp"

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

constexpr const char* kNumber = "26279A0000A1";  // a national one

Pipeline words_pipeline() {
  HubConfig config = small_config();
  for (auto& text : config.templates)
    text.text =
        "Subject: {{#new}}new{{/new}}{{#corrected}}corrected{{/corrected}}{{#annulled}}annulled{{/annulled}}\n\nx\n";
  auto built = build_pipeline(config);
  REQUIRE(built.ok());
  return std::move(built.pipeline);
}

// The real router over a real store; documents of several sources.
struct ActivityRig : StoreRig {
  Pipeline pipeline = words_pipeline();
  std::unique_ptr<Router> router;
  int documents = 0;

  ActivityRig() {
    subscribe(1);
    restart();
  }
  void restart(std::size_t page = 1'000) {
    reopen();
    router = std::make_unique<Router>(store->routing(), pipeline, clock, page);
  }

  // `day`: as of which day the source says so.
  DocumentRow say(const std::string& instance, std::vector<Sheet> sheets, int day = 0) {
    const std::string name = instance + std::to_string(++documents);
    DocumentArrival one = arrival(name, name, std::chrono::hours{24 * day});
    one.instance = instance;
    const auto opened = store->intake().open_document(one);
    REQUIRE(opened.ok());
    REQUIRE(store->intake().stage(opened->id, batch(sheets)).ok());
    auto sealed = store->intake().seal(opened->id);
    REQUIRE(sealed.ok());
    return *sealed;
  }
  void walk() {
    for (;;) {
      const auto routed = router->step();
      REQUIRE(routed.ok());
      if (*routed == 0) return;
    }
  }
  // Sends what is owed; what was sent, by its title.
  std::string send(VerdictKind verdict = VerdictKind::kDelivered) {
    std::string said;
    walk();
    for (const LeasedMessage& one : lease()) {
      said += (said.empty() ? "" : " ") + one.message.title;
      REQUIRE(settle(one, verdict));
    }
    return said;
  }
  std::string told_by(EventId event) {
    const auto told = store->look().explain(event);
    REQUIRE(told.ok());
    REQUIRE(told->has_value());
    for (const NotOwedRow& row : (*told)->not_owed)
      if (row.told_by) return to_text(*row.told_by);
    return "";
  }
  bool balanced() { return store->look().books()->balanced(); }
};

Sheet visit(const std::string& code = "I10", Revision revision = Revision::kNew) {
  Sheet sheet;
  sheet.record = kNumber;
  sheet.code = code;
  sheet.revision = revision;
  return sheet;
}

}  // namespace

TEST_CASE("a visit that three sources report is told once, whatever their order", "[activity]") {
  std::vector<std::string> sources = {"amblist", "nhis", "regix"};
  const bool together = GENERATE(false, true);  // before anything is routed
  do {
    CAPTURE(sources, together);
    ActivityRig rig;
    std::string said;
    for (const std::string& source : sources) {
      rig.say(source, {visit()});
      if (!together) said += rig.send();
    }
    said += rig.send();
    CHECK(said == "new");
    CHECK(rig.state() == "e-1-1:delivered e-2-1:duplicate e-3-1:duplicate");
    CHECK(rig.told_by({event_id(2, 1)}) == "e-1-1");
    CHECK(rig.told_by({event_id(3, 1)}) == "e-1-1");
    CHECK(rig.balanced());
  } while (std::next_permutation(sources.begin(), sources.end()));
}

TEST_CASE("reports that page after page follow each other at once are told once", "[activity]") {
  const std::size_t page = GENERATE(values<std::size_t>({1, 2, 3}));
  CAPTURE(page);
  ActivityRig rig;
  rig.restart(page);
  for (const char* source : {"amblist", "nhis", "regix", "other"}) rig.say(source, {visit()});
  CHECK(rig.send() == "new");
}

TEST_CASE("what makes reports one activity is type, person and national number", "[activity]") {
  struct Case {
    const char* name;
    Sheet other;
    std::string told;
  };
  Sheet type = visit(), person = visit(), number = visit();
  type.type = "activity.dental";
  person.person = 2;
  number.record = "26279A0000A2";
  const auto c = GENERATE_COPY(values<Case>({{"the same", visit(), "new"},
                                             {"another type", type, "new new"},
                                             {"another person", person, "new new"},
                                             {"another number", number, "new new"}}));
  CAPTURE(c.name);
  ActivityRig rig;
  rig.subscribe(2);
  rig.say("nhis", {visit()});
  rig.say("amblist", {c.other});
  CHECK(rig.send() == c.told);
}

TEST_CASE("records without a national number of one activity are told each", "[activity]") {
  Sheet sheet = visit();
  const bool old = GENERATE(true, false);
  (old ? sheet.record : sheet.type) = old ? "000123" : "document.dispensation";
  ActivityRig rig;
  rig.say("nhis", {sheet});
  rig.say("amblist", {sheet});
  CHECK(rig.send() == "new new");
}

TEST_CASE("another source that shows something else tells a correction", "[activity]") {
  struct Case {
    const char* name;
    Sheet other;
    bool told;
  };
  Sheet facility = visit(), silent = visit("");
  facility.facility = "2203999002";
  silent.facility = "";
  const auto c = GENERATE_COPY(values<Case>({{"the same", visit(), false},
                                             {"another diagnosis", visit("J20.9"), true},
                                             {"another facility", facility, true},
                                             {"nothing of either", silent, false}}));
  CAPTURE(c.name);
  ActivityRig rig;
  rig.say("nhis", {visit()});
  CHECK(rig.send() == "new");
  rig.say("amblist", {visit()});
  CHECK(rig.send() == "");
  rig.say("regix", {c.other}, 1);
  CHECK(rig.send() == (c.told ? "corrected" : ""));
  // Whoever comes next is held against what was told last.
  rig.say("later", {c.other}, 2);
  CHECK(rig.send() == "");
  CHECK(rig.balanced());
}

TEST_CASE("an older report supersedes nothing, in whatever order they come", "[activity]") {
  ActivityRig rig;
  const bool newer_first = GENERATE(true, false);
  rig.say("nhis", {visit(newer_first ? "J20.9" : "I10")}, newer_first ? 2 : 1);
  CHECK(rig.send() == "new");
  rig.say("amblist", {visit(newer_first ? "I10" : "J20.9")}, newer_first ? 1 : 2);
  CHECK(rig.send() == (newer_first ? "" : "corrected"));
  CHECK(rig.state() == (newer_first ? "e-1-1:delivered e-2-1:superseded" : "e-1-1:delivered e-2-1:delivered"));
}

TEST_CASE("a correction that shows the same is not told again", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()});
  CHECK(rig.send() == "new");
  Sheet again = visit();
  again.attribute = {"nhis.category", "T1"};  // changes the content, and nothing that is shown
  rig.say("nhis", {again});
  CHECK(rig.send() == "");
  CHECK(rig.told_by({event_id(2, 1)}) == "e-1-1");
  again.code = "J20.9";
  rig.say("nhis", {again});
  CHECK(rig.send() == "corrected");
}

TEST_CASE("a correction of a report that another one told is told", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()});
  CHECK(rig.send() == "new");
  rig.say("amblist", {visit()});
  rig.say("amblist", {visit("J20.9")}, 1);
  CHECK(rig.send() == "corrected");
  CHECK(rig.state() == "e-1-1:delivered e-3-1:delivered e-2-1:duplicate");
}

TEST_CASE("a correction from another source replaces what has not left, and waits for what is leaving", "[activity]") {
  ActivityRig rig;
  const bool leaving = GENERATE(true, false);
  rig.say("nhis", {visit()});
  rig.walk();
  const auto leased = leaving ? rig.lease() : std::vector<LeasedMessage>{};
  rig.say("amblist", {visit("J20.9")}, 1);
  rig.walk();
  CHECK(rig.state() == (leaving ? "e-1-1:leased e-2-1:waiting" : "e-1-1:superseded e-2-1:ready"));
  if (leaving) REQUIRE(rig.settle(leased.at(0), VerdictKind::kDelivered));
  CHECK(rig.send() == "corrected");
}

TEST_CASE("when the delivery that tells of it dies, the next report tells", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()});
  rig.walk();
  const bool routed = GENERATE(true, false);  // the other report is decided before the delivery dies
  rig.say("amblist", {visit()});
  if (routed) rig.walk();
  CHECK(rig.state() == (routed ? "e-1-1:ready e-2-1:duplicate" : "e-1-1:ready"));
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kPermanent));
  if (GENERATE(true, false)) rig.restart();
  CHECK(rig.send() == "new");
  CHECK(rig.state() == "e-1-1:dead e-2-1:delivered");
  rig.say("regix", {visit()});
  CHECK(rig.send() == "");
  CHECK(rig.told_by({event_id(3, 1)}) == "e-2-1");
  CHECK(rig.balanced());
}

TEST_CASE("of two that were told already one takes over, and the other is told by it", "[activity]") {
  ActivityRig rig;
  for (const char* source : {"nhis", "amblist", "regix"}) rig.say(source, {visit()});
  CHECK(rig.send(VerdictKind::kPermanent) == "new");
  CHECK(rig.send() == "new");
  CHECK(rig.state() == "e-1-1:dead e-2-1:delivered e-3-1:duplicate");
  CHECK(rig.told_by({event_id(3, 1)}) == "e-2-1");
  CHECK(rig.balanced());
}

TEST_CASE("a decision that rests on a delivery which died while it was made is made anew", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()});
  rig.walk();
  rig.say("amblist", {visit()});
  const auto from = rig.store->routing().router_position();
  auto page = rig.store->routing().routable(*from, 10, false);
  REQUIRE(page->events.size() == 1);
  REQUIRE(page->events[0].told.size() == 1);
  REQUIRE(rig.store->routing().read_reports(page->events[0]).ok());
  RoutedBatch decided{*from, page->next, {}};
  REQUIRE(Chooser(rig.pipeline).decide(page->events[0], rig.clock.now(), decided.decisions).ok());
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kPermanent));
  REQUIRE(rig.store->routing().commit_routed(std::move(decided)).get().ok());
  rig.restart();
  CHECK(rig.send() == "new");
  CHECK(rig.state() == "e-1-1:dead e-2-1:delivered");
}

TEST_CASE("a report that was replaced meanwhile does not tell any more", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()});
  rig.say("amblist", {visit()});
  rig.walk();
  rig.say("amblist", {visit("J20.9")}, 1);
  REQUIRE(rig.settle(rig.lease().at(0), VerdictKind::kPermanent));
  CHECK(rig.send() == "corrected");  // as its own source has it
  CHECK(rig.state() == "e-1-1:dead e-3-1:delivered e-2-1:superseded");
  CHECK(rig.balanced());
}

TEST_CASE("an annulment is told by whichever source says it last", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()}, 1);
  CHECK(rig.send() == "new");
  rig.say("amblist", {visit()}, 2);
  CHECK(rig.send() == "");
  rig.say("amblist", {visit("I10", Revision::kAnnulled)}, 3);
  CHECK(rig.send() == "annulled");
  rig.say("nhis", {visit("I10", Revision::kAnnulled)}, 4);
  CHECK(rig.send() == "");
  rig.say("regix", {visit()}, 2);
  CHECK(rig.send() == "");  // older than the annulment
  rig.say("regix", {visit("I11.9")}, 5);
  CHECK(rig.send() == "corrected");  // there again
}

TEST_CASE("what another source said later is not annulled by an older annulment", "[activity]") {
  ActivityRig rig;
  const bool left = GENERATE(true, false);
  rig.say("nhis", {visit()}, 1);
  if (left) CHECK(rig.send() == "new");
  rig.say("amblist", {visit()}, 3);
  rig.walk();
  rig.say("nhis", {visit("I10", Revision::kAnnulled)}, 2);
  CHECK(rig.send() == (left ? "" : "new"));
  CHECK(rig.state() == "e-1-1:delivered e-2-1:duplicate e-3-1:superseded");
  CHECK(rig.balanced());
}

TEST_CASE("what is annulled before it left is told to nobody, by no older report either", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()}, 1);
  rig.walk();
  rig.say("nhis", {visit("I10", Revision::kAnnulled)}, 3);
  CHECK(rig.send() == "");
  rig.say("amblist", {visit()}, 2);
  CHECK(rig.send() == "");
  CHECK(rig.state() == "e-1-1:superseded e-2-1:cancelled e-3-1:superseded");
  rig.say("regix", {visit()}, 4);
  CHECK(rig.send() == "new");
  CHECK(rig.balanced());
}

TEST_CASE("an annulment of what nobody was told is told to nobody", "[activity]") {
  ActivityRig rig;
  rig.say("amblist", {visit("I10", Revision::kAnnulled)}, 2);
  CHECK(rig.send() == "");
  rig.say("amblist", {visit()}, 1);
  CHECK(rig.send() == "");
  CHECK(rig.state() == "e-1-1:cancelled");
  CHECK(rig.balanced());
}

TEST_CASE("when a correction dies, what was told before it counts again", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()}, 1);
  CHECK(rig.send() == "new");
  rig.say("amblist", {visit()}, 2);
  rig.say("regix", {visit("J20.9")}, 3);
  CHECK(rig.send(VerdictKind::kPermanent) == "corrected");
  CHECK(rig.send() == "");
  CHECK(rig.told_by({event_id(2, 1)}) == "e-1-1");
  rig.say("later", {visit("J20.9")}, 4);
  CHECK(rig.send() == "corrected");
  CHECK(rig.balanced());
}

TEST_CASE("a dead letter that is replayed tells of its activity again", "[activity]") {
  ActivityRig rig;
  rig.say("nhis", {visit()});
  CHECK(rig.send(VerdictKind::kPermanent) == "new");
  REQUIRE(rig.store->look().replay(1).ok());
  rig.say("amblist", {visit()});
  CHECK(rig.send() == "new");
  CHECK(rig.state() == "e-1-1:delivered e-2-1:duplicate");
}

TEST_CASE("who subscribes between two reports is told by the second", "[activity]") {
  ActivityRig rig;
  Sheet other = visit();
  other.person = 2;
  rig.say("nhis", {other});
  CHECK(rig.send() == "");
  rig.subscribe(2);
  rig.say("amblist", {other});
  CHECK(rig.send() == "new");
}

}  // namespace vestitel::test
