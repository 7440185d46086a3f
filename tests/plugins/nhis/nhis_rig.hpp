// The built nhis library in a fake host, and messages put together from pieces.
#pragma once
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

namespace vestitel::testing {

using TextLines = std::vector<std::string>;

inline std::string data_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  CAPTURE(path);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  CAPTURE(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

inline bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::string leaf(const std::string& name, const std::string& value) {
  return "<n:" + name + " value=\"" + value + "\"/>";
}

inline const std::string kSpace = "https://www.his.bg";
inline const std::string kDoctor = "2299000011";

// A message of this type, written at this time of 2026-10-06; to and from the doctor. Each has an id of its own.
struct Message {
  std::string type, contents, time = "07:00:00.000Z", id = {}, space = kSpace, tail = {};

  std::string text() const {
    static int number = 0;
    const std::string own = id.empty() ? "005a0000-0000-4040-8080-" + std::to_string(100000000000 + ++number) : id;
    const bool reply = (type[3] - '0') % 2 == 0 || type.substr(1) == "099";
    const std::string from = reply ? "NHIS" : kDoctor, to = reply ? kDoctor : "NHIS";
    const std::string at = time.find('T') == std::string::npos ? "2026-10-06T" + time : time;
    return "<n:message xmlns:n=\"" + space + "\"><n:header>" + leaf("senderId", from) + leaf("recipientId", to) +
           leaf("messageId", own) + leaf("messageType", type) + leaf("createdOn", at) + "</n:header><n:contents>" +
           contents + "</n:contents>" + tail + "</n:message>";
  }
};

inline std::string bundle(const std::vector<Message>& messages) {
  std::string out = "<b:messages xmlns:b=\"urn:vestitel:nhis-messages:1\">\n";
  for (const Message& message : messages) out += message.text() + "\n";
  return out + "</b:messages>\n";
}

inline const std::string kLocal = "005a0000-0000-4040-8080-000000000065", kNumber = "26279A0000A1";

inline std::string subject(const std::string& id, const std::string& type = "1") {
  return "<n:subject>" + leaf("identifierType", type) + leaf("identifier", id) +
         "<n:name><n:given value=\"Скрито\"/></n:name></n:subject>";
}
inline const std::string kSubject = subject("9622299980");
inline std::string performer(const std::string& name = "performer") {
  return "<n:" + name + ">" + leaf("pmi", kDoctor) + "<n:qualification value=\"1008\" nhifCode=\"08\"/>" +
         leaf("practiceNumber", "2203999001") + "</n:" + name + ">";
}
inline std::string answer(const std::string& number_element, const std::string& number, const std::string& local,
                          const std::string& status) {
  return leaf(number_element, number) + (local.empty() ? "" : leaf("lrn", local)) +
         (status.empty() ? "" : leaf("status", status));
}
inline std::string diagnosis(const std::string& code) {
  return "<n:diagnosis>" + leaf("code", code) + "</n:diagnosis>";
}

// An examination of 2026-10-06: opened, closed, and both answered.
inline Message opening() {
  return {"X001",
          "<n:examination>" + leaf("lrn", kLocal) + leaf("openDate", "2026-10-06T06:40:00Z") + leaf("class", "1") +
              leaf("financingSource", "2") + "</n:examination>" + kSubject + performer(),
          "06:40:05.000Z"};
}
inline Message opened() { return {"X002", answer("nrnExamination", kNumber, kLocal, "1"), "06:40:06.000Z"}; }
inline Message closing(const std::string& code = "I10") {
  return {"X003",
          "<n:examination>" + leaf("nrnExamination", kNumber) + leaf("basedOn", "26276B0000B2") + leaf("purpose", "1") +
              diagnosis(code) + "</n:examination>",
          "07:05:10.000Z"};
}
inline Message closed() { return {"X004", answer("nrnExamination", kNumber, "", "2"), "07:05:11.000Z"}; }
inline Message correcting() {
  return {"X009",
          "<n:examination>" + leaf("nrnExamination", kNumber) + leaf("lrn", kLocal) +
              leaf("correctionReason", "Скрито") + diagnosis("I11.9") + "</n:examination>",
          "07:30:00.000Z"};
}
inline Message corrected() { return {"X010", answer("nrnExamination", kNumber, "", "2"), "07:30:01.000Z"}; }
inline Message cancelling(const std::string& time = "08:00:00.000Z") {
  return {"X007", leaf("nrnExamination", kNumber) + leaf("cancelReason", "Скрито"), time};
}
inline Message cancelled(const std::string& time = "08:00:01.000Z") {
  return {"X008", answer("nrnExamination", kNumber, "", "3"), time};
}

struct NhisRig {
  FakeHost host{load(VESTITEL_NHIS_READER)};
  explicit NhisRig(const std::string& settings = "{}") { REQUIRE(host.begin(settings).ok()); }
  Parsed parse(const std::string& bytes, const Delivered& delivered = {}) { return host.parse(bytes, delivered); }
  Parsed parse(const std::vector<Message>& messages) { return host.parse(bundle(messages), {}); }
};

inline Parsed read(const std::vector<Message>& messages, const std::string& settings = "{}") {
  const auto parsed = NhisRig(settings).parse(messages);
  CAPTURE(parsed.message);
  REQUIRE(parsed.ok());
  return parsed;
}

// Reasons alone of what was quarantined.
inline TextLines refused(const Parsed& parsed) {
  TextLines out;
  for (const std::string& line : parsed.quarantined) out.push_back(line.substr(line.find(' ') + 1));
  return out;
}

}  // namespace vestitel::testing
