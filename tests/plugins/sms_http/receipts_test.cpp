// Every row of the tables of receipts, through the built plugin.
#include "tests/plugins/sms_http/sms_http_rig.hpp"

#include "plugins/sinks/sms_http/receipt.hpp"

namespace vestitel::sms_http::test {
namespace {

struct Case {
  const char* profile;
  std::string fields;
  const char* verdict;  // "": the message stays accepted
};

std::string answer(const std::string& stat, const std::string& error = "000") {
  return "id%3A1F1+sub%3A001+dlvrd%3A001+submit+date%3A2611230101+done+date%3A2611230102+stat%3A" + stat + "+err%3A" +
         error + "+text%3Astat%3ADELIVRD";
}

std::string kannel(const std::string& state, const std::string& answer) {
  return "id=m-1_x&state=" + state + "&answer=" + answer + "&time=1795405328";
}

std::string jasmin(const std::string& level, const std::string& state, const std::string& error = "000") {
  return "id=m-1_x&level=" + level + "&message_status=" + state + "&connector=op&donedate=2611251200&err=" + error;
}

}  // namespace

TEST_CASE("a receipt becomes one verdict, or leaves the message accepted", "[sms-http]") {
  const auto c = GENERATE(values<Case>({
      {"kannel", kannel("1", answer("DELIVRD")), "delivered"},
      {"kannel", kannel("1", ""), "delivered"},
      {"kannel", kannel("2", ""), "permanent: the receipt says 2"},
      {"kannel", kannel("2", answer("UNDELIV", "027")), "permanent: the receipt says UNDELIV, error 27"},
      {"kannel", kannel("2", answer("UNDELIV", "001")),
       "contact_dead(1795405328999999): the receipt says UNDELIV, error 1"},
      {"kannel", kannel("2", answer("EXPIRED", "001")), "permanent: the receipt says EXPIRED, error 1"},
      {"kannel", kannel("2", answer("DELETED")), "permanent: the receipt says DELETED, error 0"},
      {"kannel", kannel("2", answer("REJECTD")), "permanent: the receipt says REJECTD, error 0"},
      {"kannel", kannel("2", answer("SKIPPED")), "permanent: the receipt says SKIPPED, error 0"},
      {"kannel", kannel("2", answer("UNKNOWN")), "unknown: the receipt says UNKNOWN, error 0"},
      {"kannel", kannel("2", answer("ODD")), "permanent: the receipt says 2, error 0"},
      {"kannel", kannel("4", ""), ""},
      {"kannel", kannel("4", answer("ENROUTE")), ""},
      {"kannel", kannel("4", answer("ACCEPTD")), ""},
      {"kannel", kannel("4", answer("SCHEDULED")), ""},
      {"kannel", kannel("8", "ACK%2F"), ""},
      {"kannel", kannel("16", "NACK%2F0x0000000b%2FInvalid+Destination+Address"),
       "contact_dead(1795405328999999): the receipt says 0x0000000b"},
      {"kannel", kannel("16", "NACK%2F0x00000050%2F"), "contact_dead(1795405328999999): the receipt says 0x00000050"},
      {"kannel", kannel("16", "NACK%2F0x00000051%2F"), "contact_dead(1795405328999999): the receipt says 0x00000051"},
      {"kannel", kannel("16", "NACK%2F0x00000045%2F"), "permanent: the receipt says 16"},
      {"kannel", kannel("16", ""), "permanent: the receipt says 16"},
      {"kannel", kannel("64", "odd"), ""},
      {"kannel", kannel("", ""), ""},
      {"jasmin", jasmin("1", "ESME_ROK"), ""},
      {"jasmin", jasmin("1", "ESME_RINVDSTADR"),
       "contact_dead(1795597259999999): the receipt says ESME_RINVDSTADR, error 0"},
      {"jasmin", jasmin("1", "ESME_RINVDSTTON"),
       "contact_dead(1795597259999999): the receipt says ESME_RINVDSTTON, error 0"},
      {"jasmin", jasmin("1", "ESME_RINVDSTNPI"),
       "contact_dead(1795597259999999): the receipt says ESME_RINVDSTNPI, error 0"},
      {"jasmin", jasmin("1", "ESME_RSUBMITFAIL"), "permanent: the receipt says ESME_*, error 0"},
      {"jasmin", jasmin("2", "DELIVRD"), "delivered"},
      {"jasmin", jasmin("3", "DELIVRD"), "delivered"},
      {"jasmin", jasmin("2", "ENROUTE"), ""},
      {"jasmin", jasmin("2", "ACCEPTD"), ""},
      {"jasmin", jasmin("2", "SCHEDULED"), ""},
      {"jasmin", jasmin("2", "EXPIRED", "001"), "permanent: the receipt says EXPIRED, error 1"},
      {"jasmin", jasmin("2", "DELETED"), "permanent: the receipt says DELETED, error 0"},
      {"jasmin", jasmin("2", "UNDELIV", "27"), "permanent: the receipt says UNDELIV, error 27"},
      {"jasmin", jasmin("2", "UNDELIV", "001"), "contact_dead(1795597259999999): the receipt says UNDELIV, error 1"},
      {"jasmin", jasmin("2", "REJECTD"), "permanent: the receipt says REJECTD, error 0"},
      {"jasmin", jasmin("2", "SKIPPED"), "permanent: the receipt says SKIPPED, error 0"},
      {"jasmin", jasmin("2", "UNKNOWN"), "unknown: the receipt says UNKNOWN, error 0"},
      {"jasmin", jasmin("2", "NEWSTATE"), ""},
      {"jasmin", "id=m-1_x", ""},
  }));
  CAPTURE(c.profile, c.fields);
  SinkRig rig(shipped(c.profile), {{"dead_errors", "001, 8"}});
  const bool query = std::string_view(c.profile) == "kannel";
  CHECK(rig.called(query ? c.fields : "", query ? "" : c.fields).ok());
  const std::string verdict = c.verdict;
  CHECK(rig.heard() == (verdict.empty() ? Lines{} : Lines{"m-1_x " + verdict}));
}

TEST_CASE("a call that names no message is data of nobody, and is not repeated in words", "[sms-http]") {
  for (const std::string& query :
       {std::string(), std::string("state=1"), std::string("id=&state=1"), std::string("id=%0d%0ax&state=1"),
        "id=" + std::string(129, 'x') + "&state=1", std::string("id=+359888000001&state=1"), std::string("&&&=&%"),
        std::string(60'000, '&'), std::string(60'000, 'a'), std::string("id=\xff\xfe&state=1")}) {
    CAPTURE(query.substr(0, 60));
    SinkRig rig(shipped("kannel"));
    const auto called = rig.called(query);
    CHECK(called.rc == VESTITEL_E_DATA);
    CHECK(called.message == "it names no message");
    CHECK(rig.heard().empty());
  }
  SinkRig rig(shipped("kannel"));
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a=b&";
  CHECK(rig.called(many + "id=m&state=1").rc == VESTITEL_E_DATA);
}

TEST_CASE("a receipt that is not on record is an error, so that the provider says it again", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  rig.host.receipt_rc = VESTITEL_E_RETRY;
  CHECK(rig.called("id=m&state=1").rc == VESTITEL_E_RETRY);
}

TEST_CASE("a state that stands in no row is told in the log, without what it was", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  CHECK(rig.called("id=m&state=359888000001").ok());
  CHECK(rig.heard().empty());
  REQUIRE(rig.host.logs.size() == 1);
  CHECK(rig.host.logs[0].find("receipt_state_unknown") != std::string::npos);
  CHECK(rig.host.logs[0].find("359888") == std::string::npos);
}

TEST_CASE("receipts in JSON come one by one or as a list", "[sms-http]") {
  const std::string head =
      "profile: 1\nrequest: {form: {to: '{to}', text: '{text}'}}\nanswers: {success: {status: 200, id: {json: id}}}\n";
  const std::string states = "  states: {sent: accepted, ok: delivered, gone: contact_dead}\n";
  SinkRig one(head + "receipts:\n  in: json\n  id: message.id\n  status: state.name\n" + states);
  CHECK(one.called("", R"({"message":{"id":7},"state":{"name":"ok"}})").ok());
  CHECK(one.heard() == Lines{"7 delivered"});
  for (const char* bad : {"", "{", "[]", R"({"message":[]})", R"({"message":{"id":null}})"}) {
    CAPTURE(bad);
    CHECK(one.called("x=1", bad).rc == VESTITEL_E_DATA);
  }
  SinkRig list(head + "receipts:\n  in: json\n  each: results\n  id: id\n  status: state\n" + states +
               "  date: {field: at, pattern: 'YYYY-MM-DDThh:mm:ss'}\n");
  CHECK(list.called("", R"({"results":[{"id":"a","state":"ok"},{"id":"b","state":"sent"},)"
                        R"({"id":"c","state":"gone","at":"2026-11-25T10:00:00Z"}]})")
            .ok());
  CHECK(list.heard() == Lines{"a delivered", "c contact_dead(1795600800999999): the receipt says gone"});
  // What stands before the one that is none is on record: it comes again, and changes nothing.
  CHECK(list.called("", R"({"results":[{"id":"d","state":"ok"},7]})").rc == VESTITEL_E_DATA);
  CHECK(list.heard().back() == "d delivered");
  CHECK(list.called("", R"({"results":7})").rc == VESTITEL_E_DATA);
  std::string many = R"({"results":[0)";
  for (int i = 0; i < 1000; ++i) many += ",0";
  CHECK(list.called("", many + "]}").rc == VESTITEL_E_DATA);
}

TEST_CASE("a profile without receipts takes none", "[sms-http]") {
  SinkRig rig(
      "profile: 1\nrequest: {form: {to: '{to}', text: '{text}'}}\nanswers: {success: {status: 200, id: {json: id}}}\n");
  CHECK(rig.called("id=m&state=1").rc == VESTITEL_E_DATA);
}

TEST_CASE("dates are read by their pattern, to the end of what they name", "[sms-http]") {
  struct Date {
    const char *text, *pattern;
    int offset;
    std::int64_t seconds;  // 0: none
  };
  const auto c = GENERATE(values<Date>({
      {"1795608000", "unix", 0, 1795608001},
      {"1795608000123", "unix_ms", 0, 0},
      {"2611251200", "YYMMDDhhmmss", 0, 1795608060},
      {"261125120000", "YYMMDDhhmmss", 0, 1795608001},
      {"2611251500", "YYMMDDhhmmss", 180, 1795608060},
      {"2026-11-25T12:00:00Z", "YYYY-MM-DDThh:mm:ss", 0, 1795608001},
      {"2026-11-25 12:00:00.123", "YYYY-MM-DD hh:mm:ss", 0, 1795608001},
      {"2028-02-29 00:00", "YYYY-MM-DD hh:mm", 0, 1835395260},
      {"2027-02-29 00:00", "YYYY-MM-DD hh:mm", 0, 0},
      {"2611251260", "YYMMDDhhmmss", 0, 0},
      {"2613251200", "YYMMDDhhmmss", 0, 0},
      {"2611251200001", "YYMMDDhhmmss", 0, 0},
      {"", "YYMMDDhhmmss", 0, 0},
      {"", "unix", 0, 0},
      {"-1", "unix", 0, 0},
      {"99999999999999999999", "unix", 0, 0},
      {"99999999999999", "unix_ms", 0, 0},
      {"26112\xff", "YYMMDDhhmmss", 0, 0},
  }));
  CAPTURE(c.text, c.pattern);
  const auto read = date_us(c.text, c.pattern, c.offset);
  if (std::string_view(c.text) == "1795608000123") {
    CHECK(read == 1795608000123999);
  } else {
    CHECK(read == (c.seconds == 0 ? std::nullopt : std::optional(c.seconds * 1'000'000 - 1)));
  }
}

TEST_CASE("no number is dead since a day that has not come", "[sms-http]") {
  SinkRig rig(shipped("kannel"));
  CHECK(rig.called("id=m&state=16&answer=NACK/0x0000000b/&time=4102444800").ok());
  CHECK(rig.heard() == Lines{"m contact_dead(" + std::to_string(rig.host.now_us) + "): the receipt says 0x0000000b"});
}

}  // namespace vestitel::sms_http::test
