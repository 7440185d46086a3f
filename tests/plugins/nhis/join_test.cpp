// How messages about one record become one event: requests and replies, corrections, cancellations, and their order.
#include <algorithm>

#include "tests/plugins/nhis/nhis_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kTold =
    "activity.outpatient new egn:9622299980 2026-10-06 key=2203999001|exam:26279A0000A1 number=26279A0000A1 "
    "facility=2203999001 practitioner=2299000011 ";

// The one event, and nothing in quarantine.
std::string event_of(const std::vector<Message>& messages) {
  const auto parsed = read(messages);
  CHECK(parsed.quarantined == TextLines{});
  REQUIRE(parsed.events.size() == 1);
  return parsed.events[0];
}

}  // namespace

TEST_CASE("an examination is told when it is closed, with what opened it", "[nhis]") {
  const std::string event = event_of({opening(), opened(), closing(), closed()});
  CHECK(holds(event, kTold));
  CHECK(holds(event, "code.icd10=I10"));
  CHECK(holds(event, "nhis.class=1"));
  CHECK(holds(event, "ref.based-on=26276B0000B2"));
  CHECK(holds(event, "payer=nzok"));
  CHECK(holds(event, "practitioner.specialty=08"));
  CHECK(holds(event, " reported=2026-10-06+25510000000 "));  // 07:05:10 UTC, when it was closed
  CHECK_FALSE(holds(event, "Скрито"));
}

TEST_CASE("what was only opened is told to nobody, and is not lost either", "[nhis]") {
  for (const auto& messages : std::vector<std::vector<Message>>{
           {opening()}, {opened()}, {opening(), opened()}, {opening(), opened(), cancelling(), cancelled()}}) {
    const auto parsed = read(messages);
    CHECK(parsed.events.empty());
    CHECK(parsed.quarantined.empty());
  }
}

TEST_CASE("the order in which messages come means nothing", "[nhis]") {
  std::vector<Message> messages = {opening(), opened(), closing(), closed(), correcting(), corrected()};
  for (std::size_t i = 0; i < messages.size(); ++i)
    messages[i].id = "005a0000-0000-4040-8080-00000000000" + std::to_string(i);
  const auto place = [](std::string event) {
    return event.erase(event.find(" @"), event.find(" facility.region") - event.find(" @"));
  };
  const std::string event = place(event_of(messages));
  CHECK(holds(event, "activity.outpatient corrected egn:9622299980"));
  CHECK(holds(event, "code.icd10=I11.9"));
  CHECK_FALSE(holds(event, "code.icd10=I10"));
  CHECK(holds(event, "ref.based-on=26276B0000B2"));  // the correction says nothing of it
  std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
  do {
    std::vector<Message> shuffled;
    for (const std::size_t i : order) shuffled.push_back(messages[i]);
    CAPTURE(order);
    REQUIRE(place(event_of(shuffled)) == event);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a cancelled examination is annulled, with or without the request for it", "[nhis]") {
  CHECK(holds(event_of({opening(), opened(), closing(), closed(), cancelling(), cancelled()}),
              "activity.outpatient annulled egn:9622299980 2026-10-06 key=2203999001|exam:26279A0000A1"));
  CHECK(holds(event_of({opening(), opened(), closing(), closed(), cancelled()}), "activity.outpatient annulled"));
  CHECK(
      holds(event_of({opening(), opened(), closing(), closed(), correcting(), corrected(), cancelling(), cancelled()}),
            "activity.outpatient annulled"));
}

TEST_CASE("what does not fit goes to quarantine, and what does is told", "[nhis]") {
  struct Case {
    const char* name;
    std::vector<Message> messages;
    std::size_t events;
    TextLines refused;
  };
  const std::string unknown = "examination: names a record that the document does not hold";
  const std::string late = "examination: comes after the cancellation of its record";
  const std::string no_reply = "examination: is a request without its reply";
  const std::string lone = "examination: is a reply without its request";
  const Message not_closed = {"X004", answer("nrnExamination", kNumber, "", "1"), "07:05:11.000Z"};
  const Message other_name = {"X002", answer("nrnExamination", "26279A0000A2", kLocal, "1"), "06:41:00.000Z"};
  const auto c = GENERATE_COPY(values<Case>({
      {"a close alone", {closing(), closed()}, 0, {unknown}},
      {"a close without any reply", {closing()}, 0, {no_reply}},
      {"its reply alone", {closed()}, 0, {lone}},
      {"a close whose opening was not answered", {opening(), closing(), closed()}, 0, {unknown}},
      {"a close without its reply", {opening(), opened(), closing()}, 0, {no_reply}},
      {"a reply without its close", {opening(), opened(), closed()}, 0, {lone}},
      {"closed twice, answered once", {opening(), opened(), closing(), closed(), closing("I11")}, 1, {no_reply}},
      {"a cancellation of what is not there", {cancelling(), cancelled()}, 0, {unknown}},
      {"the reply to one", {cancelled()}, 0, {unknown}},
      {"a cancellation without its reply", {opening(), opened(), closing(), closed(), cancelling()}, 1, {no_reply}},
      {"a correction of what is not there", {correcting(), corrected()}, 0, {unknown}},
      {"a correction of what is not closed", {opening(), opened(), correcting(), corrected()}, 0, {unknown}},
      {"a correction after the cancellation",
       {opening(), opened(), closing(), closed(), cancelling("07:20:00.000Z"), cancelled("07:20:01.000Z"), correcting(),
        corrected()},
       1,
       {late}},
      {"a close after the cancellation",
       {opening(), opened(), cancelling("06:50:00Z"), cancelled("06:50:01Z"), closing(), closed()},
       0,
       {late}},
      {"a reply that says that it is still open",
       {opening(), opened(), closing(), not_closed},
       0,
       {"examination: its reply names another status than that of a message that was accepted"}},
      {"a local number that is answered under two numbers",
       {opening(), opened(), closing(), closed(), other_name},
       1,
       {}},
  }));
  CAPTURE(c.name);
  const auto parsed = read(c.messages);
  CHECK(parsed.events.size() == c.events);
  CHECK(refused(parsed) == c.refused);
}

TEST_CASE("an error takes back the request that it follows, and no other", "[nhis]") {
  const std::string error = "<n:error>" + leaf("type", "1") + leaf("reason", "Невалиден идентификатор") + "</n:error>";
  const std::vector<Message> whole = {opening(), opened(), closing(), closed(), correcting()};
  const auto with = [&](Message last) {
    auto messages = whole;
    messages.push_back(std::move(last));
    return read(messages);
  };
  for (const char* type : {"X010", "X099"}) {
    const auto parsed = with({type, error});
    CHECK(parsed.events.size() == 1);
    CHECK(holds(parsed.events[0], "activity.outpatient new"));
    CHECK(parsed.quarantined.empty());
  }
  CHECK(refused(with({"X004", error})) == TextLines{"examination: is a request without its reply"});
  CHECK(refused(with({"R099", error})) == TextLines{"examination: is a request without its reply"});
  // An error that went to somebody else.
  const std::string other =
      replaced(Message{"X010", error}.text(), leaf("recipientId", kDoctor), leaf("recipientId", "2"));
  const auto parsed = NhisRig().parse(replaced(bundle(whole), "</b:messages>", other + "</b:messages>"));
  CHECK(refused(parsed) == TextLines{"examination: is a request without its reply"});
  CHECK(read({{"X099", error}}).quarantined.empty());
  CHECK(read({{"X099", error}}).events.empty());
}

TEST_CASE("the same message again means nothing; another under its id goes to quarantine", "[nhis]") {
  Message close = closing();
  close.id = "005A0000-0000-4040-8080-0000000000FF";
  CHECK(holds(event_of({opening(), opened(), close, close, closed()}), kTold));
  Message other = closing("I11");
  other.id = "005a0000-0000-4040-8080-0000000000ff";
  const auto parsed = read({opening(), opened(), close, other, closed()});
  CHECK(parsed.events.size() == 1);
  CHECK(refused(parsed) == TextLines{"messageId: is that of another message"});
}

TEST_CASE("requests alone are believed only where the operator says so", "[nhis]") {
  const Message referral = {"R001", "<n:referral>" + leaf("lrn", kLocal) + leaf("authoredOn", "2026-10-06") +
                                        "</n:referral>" + kSubject + performer("requester")};
  CHECK(refused(read({referral})) == TextLines{"referral: is a request without its reply"});
  const auto parsed = read({referral}, R"({"requests_alone":true})");
  CHECK(parsed.quarantined.empty());
  REQUIRE(parsed.events.size() == 1);
  CHECK(holds(parsed.events[0], "key=2203999001|referral:" + kLocal + " facility"));
  // What nobody answered is still not done.
  CHECK(read({opening(), opened(), closing()}, R"({"requests_alone":true})").events.empty());
}

TEST_CASE("a request that is answered under two numbers has the first, and the other is held", "[nhis]") {
  const Message referral = {"R001", "<n:referral>" + leaf("lrn", kLocal) + leaf("authoredOn", "2026-10-06") +
                                        "</n:referral>" + kSubject + performer("requester")};
  const Message first = {"R002", answer("nrnReferral", "26276B0000B2", kLocal, "1"), "07:00:02Z"};
  const Message second = {"R002", answer("nrnReferral", "26276B0000B3", kLocal, "1"), "07:00:01Z"};
  const auto parsed = read({referral, first, second});
  REQUIRE(parsed.events.size() == 1);
  CHECK(holds(parsed.events[0], "referral:26276B0000B2 "));
  CHECK(refused(parsed) == TextLines{"referral: is a reply without its request"});
}

TEST_CASE("two persons of one bundle keep their records apart", "[nhis]") {
  Message second = opening();
  second.contents =
      replaced(replaced(second.contents, "9622299980", "9932319981"), kLocal, "005a0000-0000-4040-8080-000000000066");
  const Message second_opened = {
      "X002", answer("nrnExamination", "26279A0000A2", "005a0000-0000-4040-8080-000000000066", "1"), "06:40:06Z"};
  Message second_closing = closing("J06.9");
  second_closing.contents =
      replaced(replaced(second_closing.contents, kNumber, "26279A0000A2"), "26276B0000B2", kNumber);
  const Message second_closed = {"X004", answer("nrnExamination", "26279A0000A2", "", "2"), "07:06:00Z"};
  const auto parsed =
      read({opening(), second, opened(), second_opened, second_closing, closing(), closed(), second_closed});
  REQUIRE(parsed.events.size() == 2);
  CHECK(holds(parsed.events[0], "egn:9622299980"));
  CHECK(holds(parsed.events[0], "exam:26279A0000A1"));
  CHECK(holds(parsed.events[0], "code.icd10=I10"));
  CHECK(holds(parsed.events[1], "egn:9932319981"));
  CHECK(holds(parsed.events[1], "exam:26279A0000A2"));
  CHECK(holds(parsed.events[1], "code.icd10=J06.9"));
  // It refers to the other person's examination, which is not shown.
  CHECK_FALSE(holds(parsed.events[1], "ref."));
  CHECK(holds(parsed.events[1], "nhis.warning=reference-to-another-person"));
}

TEST_CASE("a record that is in quarantine is not told by its later messages, nor refused again", "[nhis]") {
  Message bad = opening();
  bad.contents = replaced(bad.contents, "9622299980", "9622299981");
  const auto parsed = read({bad, opened()});
  CHECK(parsed.events.empty());
  CHECK(refused(parsed) == TextLines{"identifier: its check digit is wrong"});
  CHECK(refused(read({bad, opened(), closing(), closed()})).size() == 2);
}

TEST_CASE("a bundle of any length is read in little memory, and the oldest record is settled first", "[nhis]") {
  // Examinations that are opened and never closed; the last one is, in time.
  std::string bytes = "<b:messages xmlns:b=\"urn:vestitel:nhis-messages:1\">";
  const std::string pattern = opening().text();
  const auto numbered = [&](int i) {
    const std::string own = std::to_string(100000000000 + i);
    return replaced(replaced(pattern, kLocal, "005a0000-0000-4040-8080-" + own), "messageId value=\"005a0000",
                    "messageId value=\"0" + std::to_string(1000000 + i));
  };
  for (int i = 0; i < 20'000; ++i) bytes += numbered(i);
  const auto answer_to = [&](int i) {
    return Message{"X002",
                   answer("nrnExamination", "26279A00" + std::to_string(10000 + i).substr(1),
                          "005a0000-0000-4040-8080-" + std::to_string(100000000000 + i), "1"),
                   "06:41:00Z"}
        .text();
  };
  const auto close_of = [&](int i) {
    const std::string number = "26279A00" + std::to_string(10000 + i).substr(1);
    return replaced(closing().text(), kNumber, number) + replaced(closed().text(), kNumber, number);
  };
  bytes += answer_to(1) + close_of(1);            // long gone
  bytes += answer_to(19'999) + close_of(19'999);  // still there
  bytes += "</b:messages>";
  const auto parsed = NhisRig().parse(bytes);
  REQUIRE(parsed.ok());
  REQUIRE(parsed.events.size() == 1);
  CHECK(refused(parsed) == TextLines{"examination: names a record that the document does not hold"});
}

TEST_CASE("messages about one record have an end", "[nhis]") {
  std::vector<Message> messages = {opening(), opened(), closing(), closed()};
  for (int i = 0; i < 1200; ++i) messages.push_back(cancelling());
  const auto parsed = read(messages);
  REQUIRE(parsed.events.size() == 1);
  CHECK(holds(parsed.events[0], kTold));
  CHECK(parsed.quarantined.size() == 1200);
  CHECK(refused(parsed)[0] == "examination: has more messages than a record can have");
  CHECK(refused(parsed)[1199] == "examination: is a request without its reply");
}
