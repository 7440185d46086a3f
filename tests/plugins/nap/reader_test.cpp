// What nap-nhifstatus5 makes of documents of statuses, good and bad.
#include "tests/plugins/reader_rig.hpp"
#include "tests/support/xml_schema.hpp"

using namespace vestitel::testing;
using Catch::Contains;
using Lines = std::vector<std::string>;

namespace {

const std::string kSamples = VESTITEL_SAMPLES;

struct Statuses : ReaderRig {
  Statuses() : ReaderRig(VESTITEL_READER) {}
};

std::string document(const std::string& records) {
  return "<s:statuses xmlns:s='urn:vestitel:nap-status:1'>\n" + records + "</s:statuses>";
}

std::string reply(const std::string& inside) {
  return "<ns0:PIS_Response xmlns:ns0='response.ws.nhif'>" + inside + "</ns0:PIS_Response>";
}

std::string person(const std::string& status, const std::string& more = "") {
  return reply("<ns0:Patient><ns0:Status>" + status + "</ns0:Status>" + more + "</ns0:Patient>");
}

std::string record(const std::string& inside, const std::string& pin = "9932319981", const std::string& type = "0",
                   const std::string& day = "2026-11-02") {
  return "<s:record PIN='" + pin + "' PINType='" + type + "' ChkDt='" + day + "'>" + inside + "</s:record>\n";
}

std::string exchange(const std::string& inside, const std::string& password = "ТАЙНА1") {
  return "<s:exchange><PIS_Request xmlns='request.ws.nhif' ReqDate='2026-11-02T09:15:00' RespType='0' "
         "RCZNo='2201999002' "
         "RCZPassword='" +
         password +
         "'><Patient><PIN>9932319981</PIN><PINType>0</PINType><ChkDt>2026-11-02T00:00:00</ChkDt></Patient>"
         "</PIS_Request>" +
         inside + "</s:exchange>\n";
}

const std::string kEvent =
    "insurance.status-changed new egn:9932319981 2026-11-02 key=nap|status @2:1 code.nap-status=";

// The one event of a record, without what it says of its place; "" where there is none.
std::string told(const std::string& one) {
  const Lines events = Statuses().events(document(one));
  REQUIRE(events.size() <= 1);
  return events.empty() ? "" : events[0];
}

}  // namespace

TEST_CASE("the sample gives the expected events", "[nap]") {
  CHECK(Statuses().events(data_file(kSamples + "statuses.xml")) == lines_of(kSamples + "statuses.events"));
}

TEST_CASE("corner cases are read as the golden file says", "[nap]") {
  Statuses rig;
  for (const std::string name : {"corners", "repeats"}) check_golden(rig, kSamples + name + ".xml");
}

TEST_CASE("the bad records of a sample cost themselves alone", "[nap]") {
  const Parsed parsed = Statuses().parse(data_file(kSamples + "bad-records.xml"));
  REQUIRE(parsed.ok());
  Lines printed = parsed.events;
  for (const std::string& one : parsed.quarantined) printed.push_back("quarantined " + one);
  Lines expected = lines_of(kSamples + "bad-records.events");
  std::sort(printed.begin(), printed.end());
  std::sort(expected.begin(), expected.end());
  CHECK(printed == expected);
}

TEST_CASE("the sample is valid by the schema of the format, other documents are not", "[nap]") {
  const XmlSchema schema(std::string(VESTITEL_FORMATS) + "nap-status.xsd");
  using LineNumbers = std::vector<int>;
  CHECK(schema.faults(data_file(kSamples + "statuses.xml")).empty());
  CHECK(schema.faults(data_file(kSamples + "corners.xml")).empty());
  CHECK(schema.faults(data_file(kSamples + "repeats.xml")).empty());
  CHECK(schema.faults(data_file(kSamples + "bad-records.xml")).empty());  // what is wrong in them no schema sees
  CHECK(schema.faults(document(record(person("1")) + exchange(person("1")))).empty());
  CHECK(schema.faults(document(record(person("1"), "1", "3"))) == LineNumbers{2});
  CHECK(schema.faults(document(record(""))) == LineNumbers{2});
  CHECK(schema.faults("<statuses/>") == LineNumbers{1});
}

TEST_CASE("the cut of the bytes means nothing to a document of statuses", "[nap]") {
  Statuses rig;
  check_any_cut(rig, data_file(kSamples + "statuses.xml"));
  check_any_cut(rig, document(record(person("1")) + record(person("2"), "1") + exchange(person("2"))));
}

TEST_CASE("a document of statuses that is cut off or hostile is refused", "[nap]") {
  Statuses rig;
  const auto why = [&](const std::string& bytes) { return rig.parse(bytes).message; };
  check_cut_off(rig, document(record(person("1"))), "</s:statuses>");
  CHECK_THAT(why(""), Contains("the document is empty"));
  CHECK_THAT(why("<!DOCTYPE html><html/>"), Contains("has a DOCTYPE"));
  CHECK_THAT(why(person("1")), Contains("the root is not of this format"));
  CHECK_THAT(why("<statuses/>"), Contains("stands in another namespace, or in none"));
  CHECK_THAT(why("<?xml version='1.0' encoding='windows-1251'?>" + document("<!--\xD0\xB6-->")),
             Contains("the bytes are UTF-8, but windows-1251 is declared"));
  CHECK(rig.events(document("")).empty());
}

TEST_CASE("a status of 1 or 2 is an event, anything else says nothing", "[nap]") {
  CHECK(told(record(person("1"))) == kEvent + "1");
  CHECK(told(record(person(" 2 "))) == kEvent + "2");
  CHECK(told(exchange(person("2"))) == kEvent + "2");
  for (const std::string nothing : {"3", "", "01", "няма данни", "12", "-1"}) {
    CAPTURE(nothing);
    CHECK(told(record(person(nothing))) == "");
  }
  CHECK(told(record(reply("<ns0:Error><ns0:Code>3</ns0:Code><ns0:Message>Невалидна</ns0:Message></ns0:Error>"))) == "");
}

TEST_CASE("the same person on two days is two looks at one record", "[nap]") {
  const Lines events =
      Statuses().events(document(record(person("1")) + record(person("2"), "9932319981", "0", "2026-11-03")));
  REQUIRE(events.size() == 2);
  CHECK(events[0] == kEvent + "1");
  CHECK(events[1] == "insurance.status-changed new egn:9932319981 2026-11-03 key=nap|status @3:1 code.nap-status=2");
}

TEST_CASE("what says nothing is counted", "[nap]") {
  Statuses rig;
  rig.events(document(record(person("3")) + record(person("")) + record(reply("<ns0:Error/>"))));
  REQUIRE_FALSE(rig.host.logs.empty());
  CHECK_THAT(rig.host.logs.back(), Contains("statuses_read without_data=2 refusals=1"));
}

TEST_CASE("a reply is read by place, under any names and prefixes", "[nap]") {
  CHECK(told(record("<Отговор><Лице><Код>2</Код><PeriodDetails Mnt='4' Yr='2026'/></Лице></Отговор>")) ==
        kEvent + "2 code.nap-missing-month=2026-04");
  CHECK(told(record("<a:r xmlns:a='urn:x'><a:p><a:s>1</a:s></a:p></a:r>")) == kEvent + "1");
}

TEST_CASE("months without a contribution come with a status, insured or not", "[nap]") {
  const std::string months = "<ns0:PeriodDetails Mnt='12' Yr='2025'/><x:PeriodDetails xmlns:x='u' Mnt='1' Yr='2026'/>";
  CHECK(told(record(person("2", months))) ==
        kEvent + "2 code.nap-missing-month=2025-12 code.nap-missing-month=2026-01");
  CHECK(told(record(person("1", months))) ==
        kEvent + "1 code.nap-missing-month=2025-12 code.nap-missing-month=2026-01");
}

TEST_CASE("a person is known by the declared kind of number", "[nap]") {
  const auto subject = [](const std::string& pin, const std::string& type) {
    const auto parsed = Statuses().parse(document(record(person("1"), pin, type)));
    REQUIRE(parsed.ok());
    if (parsed.events.empty()) return parsed.quarantined.at(0).substr(4);
    const std::string& event = parsed.events[0];
    return event.substr(29, event.find(" 2026") - 29);
  };
  CHECK(subject("9932319600", "0") == "egn:9932319600");
  CHECK(subject("9932319600", "1") == "lnch:9932319600");  // the same digits pass both checks
  CHECK(subject("9990000011", "2") == "nap:9990000011");
  CHECK(subject("9932319982", "0") == "PIN: its check digit is wrong");
  CHECK(subject("1001239981", "0") == "PIN: its check digit is wrong");
  CHECK(subject("1001239982", "1") == "PIN: its check digit is wrong");
  CHECK(subject("9932319981", "3") == "PINType: is none of 0, 1 and 2");
  CHECK(subject("9932319981", "") == "PINType: is none of 0, 1 and 2");
}

TEST_CASE("bad records go to quarantine without their bytes, their neighbours pass", "[nap]") {
  const auto why = [](const std::string& bad) {
    const auto parsed = Statuses().parse(document(record(person("1")) + bad + record(person("2"))));
    INFO(parsed.message);
    REQUIRE(parsed.ok());
    CHECK(parsed.events.size() == 2);
    CHECK(parsed.bytes == Lines{""});
    for (const std::string& said : parsed.quarantined) CHECK_THAT(said, !Contains("ТАЙНА1") && !Contains("99323"));
    return parsed.quarantined.at(0).substr(parsed.quarantined[0].find(' ') + 1);
  };
  CHECK(why(record("")) == "reply: is missing");
  CHECK(why(record(person("1") + person("2"))) == "reply: is followed by something else");
  CHECK(why(exchange("")) == "reply: is missing");
  CHECK(why(exchange(person("1") + person("1"))) == "reply: is followed by something else");
  CHECK(why("<s:exchange>" + person("1") + "</s:exchange>") == "PIS_Request: does not stand before the reply");
  CHECK(why(replaced(exchange(person("1")), "<Patient>", "<Patient/><Patient>")) == "Patient: stands twice");
  CHECK(why("<s:exchange><PIS_Request/>" + person("1") + "</s:exchange>") == "Patient: is missing");
  CHECK(why(record("<html><head><title>1</title></head></html>")) == "reply: is a page in HTML");
  CHECK(why(record(reply("1<p><s>1</s></p>"))) == "reply: holds text, where a person or an Error belongs");
  CHECK(why(record(reply(""))) == "reply: holds neither a person nor an Error");
  CHECK(why(record(reply("<p/>"))) == "status: is missing");
  CHECK(why(record(reply("<p><PeriodDetails Mnt='1' Yr='2026'/></p>"))) == "status: is missing");
  CHECK(why(record(reply("<p><s><x/></s></p>"))) == "status: holds elements, where a text belongs");
  CHECK(why(record(reply("<p><s>1</s></p><p><s>2</s></p>"))) == "reply: holds more than one person");
  CHECK(why(record(reply("<Error/><p><s>2</s></p>"))) == "Error: does not stand alone");
  CHECK(why(record(person("1", "<PIN>5831079946</PIN>"))) == "PIN: is not of whom was asked about");
  CHECK(why(record(person("2", "<PeriodDetails Mnt='0' Yr='2026'/>"))) == "Mnt: is not a month from 1 to 12");
  CHECK(why(record(person("2", "<PeriodDetails Mnt='13' Yr='2026'/>"))) == "Mnt: is not a month from 1 to 12");
  CHECK(why(record(person("2", "<PeriodDetails Mnt='1'/>"))) == "Yr: is not a year of four digits");
  CHECK(why(record(person("1"), "9932319981", "0", "2026-02-30")) ==
        "ChkDt: is neither a day YYYY-MM-DD nor a time YYYY-MM-DDThh:mm:ss");
  CHECK(why(record(person("1"), "9932319981", "0", "2027-02-03")) == "ChkDt: lies in the future");
  CHECK(why(record(person("1"), "9932319981", "0", "2026-11-01")) ==
        "ChkDt: lies before the day of the record before it");
  std::string months;
  for (int i = 0; i < 61; ++i) months += "<PeriodDetails Mnt='1' Yr='2026'/>";
  CHECK(why(record(person("2", months))) == "PeriodDetails: stands more than 60 times");
}

TEST_CASE("a repeated number is no fault where it is of whom was asked about", "[nap]") {
  CHECK(told(record(person("1", "<PIN>9932319981</PIN>"))) == kEvent + "1");
}

TEST_CASE("no control character gets into an event of a status", "[nap]") {
  for (int c = 1; c < 32; ++c) {
    CAPTURE(c);
    const auto parsed = Statuses().parse(document(record(person("1&#" + std::to_string(c) + ";2"))));
    if (c == 9 || c == 10 || c == 13) {
      CHECK(parsed.events.empty());  // no status of ours
    } else {
      CHECK_FALSE(parsed.ok());  // no XML
    }
  }
}
