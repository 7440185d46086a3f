// Documents as a whole: samples, bundles, cuts, and what is refused.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/plugins/nhis/nhis_rig.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kSamples = VESTITEL_NHIS_SAMPLES;

TextLines samples() {
  TextLines names;
  for (const auto& file : std::filesystem::directory_iterator(kSamples)) {
    if (file.path().extension() == ".xml") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string sample(const std::string& name) { return data_file(kSamples + "/" + name + ".xml"); }

// As the golden file has them, which follows the document; a record is told when it is settled.
TextLines lines_of(const Parsed& parsed) {
  TextLines lines = parsed.events;
  for (const std::string& line : parsed.quarantined) lines.push_back("quarantined " + line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

TextLines golden(const std::string& name) {
  std::istringstream in(data_file(kSamples + "/" + name + ".events"));
  TextLines lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

const std::vector<Message> kExamination = {opening(), opened(), closing(), closed()};

std::string reason_of(const std::string& message) {
  const std::size_t place = message.find(", ", message.find("column"));
  return message.substr(0, 5) == "line " ? message.substr(place + 2) : message;
}

}  // namespace

TEST_CASE("each sample gives the expected events, wherever its bytes are cut", "[nhis]") {
  const auto names = samples();
  REQUIRE(names.size() == 21);
  NhisRig rig;
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto whole = rig.parse(sample(name));
    CAPTURE(whole.message);
    REQUIRE(whole.ok());
    CHECK(lines_of(whole) == golden(name));
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{997}}) {
      Delivered delivered;
      delivered.chunk = chunk;
      const auto cut = rig.parse(sample(name), delivered);
      CHECK(cut.events == whole.events);
      CHECK(cut.quarantined == whole.quarantined);
      CHECK(cut.bytes == whole.bytes);
      CHECK(cut.offsets == whole.offsets);
    }
  }
}

TEST_CASE("what is quarantined comes with its own bytes and place", "[nhis]") {
  const Message late = {"X007", leaf("nrnExamination", "26279A0000A9")};
  const Message bad = {"X007", leaf("nrnExamination", "26279A0000A")};
  const std::string bytes = "\xEF\xBB\xBF" + bundle({opening(), opened(), late, closing(), closed(), bad});
  const auto parsed = NhisRig().parse(bytes);
  REQUIRE(parsed.quarantined.size() == 2);
  CHECK(parsed.events.size() == 1);
  // The one with the wrong number at once, at its element; the one without a reply at the end, at its message.
  CHECK(parsed.quarantined[0].substr(0, 2) == "7:");
  CHECK(bytes.substr(static_cast<std::size_t>(parsed.offsets[0]), 20) == "<n:nrnExamination va");
  CHECK(parsed.quarantined[1] == "4:1 examination: is a request without its reply");
  CHECK(bytes.substr(static_cast<std::size_t>(parsed.offsets[1]), 10) == "<n:message");
  for (const std::string& record : parsed.bytes) {
    CHECK(bytes.find(record) != std::string::npos);
    CHECK(record.substr(0, 10) == "<n:message");
    CHECK(record.substr(record.size() - 12) == "</n:message>");
  }
}

TEST_CASE("both namespaces are known, and no other", "[nhis]") {
  auto messages = kExamination;
  for (Message& message : messages) message.space = "http://www.his.bg/";
  CHECK(NhisRig().parse(messages).events.size() == 1);
  for (const char* space : {"http://www.his.bg", "https://www.his.bg/", "urn:x"}) {
    Message message = opening();
    message.space = space;
    const auto parsed = NhisRig().parse(message.text());
    CHECK(parsed.rc == VESTITEL_E_DATA);
    CHECK(reason_of(parsed.message) == "document: the root stands in another namespace, or in none");
  }
  // In a bundle such a message is read past, and counted.
  messages[2].space = "urn:x";
  NhisRig rig;
  CHECK(rig.parse(messages).events.empty());
  REQUIRE(rig.host.logs.size() == 1);
  CHECK(holds(rig.host.logs[0], "unknown_elements=1"));
}

TEST_CASE("a document that is none is refused whole, with place and reason", "[nhis]") {
  struct Case {
    const char* name;
    std::string bytes, message;
  };
  const std::string good = bundle(kExamination);
  const auto c = GENERATE_COPY(values<Case>({
      {"empty", "", "document: the document is empty"},
      {"another root", "<report/>", "document: the root is neither message nor messages"},
      {"no namespace", "<message/>", "document: the root stands in another namespace, or in none"},
      {"a bundle in no namespace", "<messages/>", "document: the root stands in another namespace, or in none"},
      {"cut off", good.substr(0, good.size() - 30), "document: the document is cut off inside an element"},
      {"a DOCTYPE", "<!DOCTYPE a>" + good, "document: has a DOCTYPE, which is not allowed"},
      {"an unknown entity", replaced(good, "26276B0000B2", "&x;"), "document: an entity that XML does not define"},
      {"windows-1251 as UTF-8", replaced(good, "26276B0000B2", "\xCC\xD6"),
       "document: the bytes are not UTF-8, as which they are declared"},
      {"two roots", good + good, "document: the document goes on after its end"},
  }));
  CAPTURE(c.name);
  const auto parsed = NhisRig().parse(c.bytes);
  CHECK(parsed.rc == VESTITEL_E_DATA);
  CHECK(reason_of(parsed.message) == c.message);
}

TEST_CASE("a control character, whichever, is refused or kept out of what is shown", "[nhis]") {
  for (int code = 1; code < 0x20; ++code) {
    CAPTURE(code);
    const bool allowed = code == '\t' || code == '\n' || code == '\r';
    Message message = closing();
    message.contents =
        replaced(message.contents, "26276B0000B2", "26276B" + std::string(1, static_cast<char>(code)) + "B2");
    const auto raw = NhisRig().parse({opening(), opened(), message, closed()});
    CHECK(raw.ok() == allowed);
    message.contents = closing().contents;
    message.contents = replaced(message.contents, "26276B0000B2", "26276B&#" + std::to_string(code) + ";B2");
    const auto escaped = NhisRig().parse({opening(), opened(), message, closed()});
    CHECK(escaped.ok() == allowed);
    if (!allowed) continue;
    REQUIRE(escaped.events.size() == 1);
    CHECK(holds(escaped.events[0], "ref.based-on=26276B B2"));
  }
}

TEST_CASE("a header that cannot be read costs its message alone", "[nhis]") {
  struct Case {
    std::string from, to, refused;
  };
  const auto c = GENERATE(values<Case>({
      {"messageType value=\"X004\"", "messageType value=\"X04\"", "messageType: is missing, or no type of a message"},
      {"messageType value=\"X004\"", "messageType value=\"\"", "messageType: is missing, or no type of a message"},
      {"createdOn value=\"2026-10-06T07:05:11.000Z\"", "createdOn value=\"2026-10-06T07:05:11\"",
       "createdOn: is missing, or no instant with its zone"},
      {"messageId value=\"005a", "messageId value=\"05a", "messageId: is missing, or no UUID"},
      {"<n:header>", "<n:header/><n:header>", "messageType: is missing, or no type of a message"},
      {"<n:header>", "<n:contents/><n:header>", "contents: stands before the header"},
      {"</n:contents>", "</n:contents><n:contents/>", "contents: stands twice"},
  }));
  CAPTURE(c.from, c.to);
  const std::string good = bundle(kExamination);
  const std::size_t last = good.rfind("<n:message ");
  const auto parsed = NhisRig().parse(good.substr(0, last) + replaced(good.substr(last), c.from, c.to));
  REQUIRE(parsed.ok());
  REQUIRE(parsed.quarantined.size() == 2);  // it, and the request that now has no reply
  CHECK(holds(parsed.quarantined[0], " " + c.refused));
}

TEST_CASE("messages of unknown and of no activity are read past or held", "[nhis]") {
  const auto of = [](const char* type) { return NhisRig().parse({Message{type, kSubject}}); };
  for (const char* type : {"X005", "X011", "X012", "R009", "P003", "P009", "C001", "C002", "L005", "H001", "R099"}) {
    CAPTURE(type);
    CHECK(of(type).events.empty());
    CHECK(of(type).quarantined.empty());
  }
  for (const char* type : {"R005", "C007", "C009", "P005", "P011", "P015"}) {
    CAPTURE(type);
    REQUIRE(of(type).quarantined.size() == 1);
    CHECK(holds(of(type).quarantined[0], " messageType: tells an activity in a form that is not documented"));
  }
}

TEST_CASE("a message larger than any is held, and the next one read", "[nhis]") {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "<n:note value=\"x\"/>";
  const Message large = {"X003", "<n:examination>" + many + "</n:examination>"};
  auto messages = kExamination;
  messages.insert(messages.begin(), large);
  const auto parsed = NhisRig().parse(messages);
  CHECK(parsed.events.size() == 1);
  REQUIRE(parsed.quarantined.size() == 1);
  CHECK(holds(parsed.quarantined[0], "contents: holds more than 16,384 elements or 256 KiB of text"));
  CHECK(parsed.bytes[0].size() == 64 * 1024);
}

TEST_CASE("random damage is survived", "[nhis]") {
  const std::string whole = sample("bundle");
  NhisRig rig;
  std::uint64_t state = 42;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int round = 0; round < 1000; ++round) {
    std::string bytes = whole;
    for (std::uint64_t hits = 1 + random(8); hits > 0; --hits) {
      bytes[static_cast<std::size_t>(random(bytes.size()))] = static_cast<char>(32 + random(96));
    }
    const auto parsed = rig.parse(bytes);
    REQUIRE((parsed.ok() || parsed.rc == VESTITEL_E_DATA));
    for (const std::string& event : parsed.events) REQUIRE(event.find("BREACH") == std::string::npos);
  }
}

TEST_CASE("sniffing knows messages from other documents", "[nhis]") {
  NhisRig rig;
  CHECK(rig.host.sniff("a.xml", sample("nhis_X001_open")) == 95);
  CHECK(rig.host.sniff("a.xml", bundle({})) == 95);
  CHECK(rig.host.sniff("a.xml", "<Practice/>") == 0);
}
