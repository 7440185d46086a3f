// Signatures of messages: what is kept of them, and, with a trust store, which messages are believed.
#include "signer.hpp"

using namespace vestitel::testing;
using Catch::Contains;

namespace {

const Holder& root() {
  static const Holder made("Root", nullptr, authority());
  return made;
}
const Holder& doctor() {
  static const Holder made("Doctor", &root());
  return made;
}

// A complete examination in one message, and its answer: with both an event comes out.
Message whole() {
  return {"X013", "<n:examination>" + leaf("lrn", kLocal) + leaf("openDate", "2026-10-06T06:40:00Z") +
                      leaf("closeDate", "2026-10-06T07:00:00Z") + diagnosis("I10") + "</n:examination>" + kSubject +
                      performer()};
}
Message answered() { return {"X014", answer("nrnExamination", kNumber, kLocal, "2"), "07:00:01.000Z"}; }

std::string bundle_of(const std::vector<std::string>& messages) {
  std::string out = "<b:messages xmlns:b=\"urn:vestitel:nhis-messages:1\">\n";
  for (const std::string& message : messages) out += message + "\n";
  return out + "</b:messages>\n";
}

struct Checked {
  PemFile trust;
  NhisRig rig;
  explicit Checked(const std::vector<const Holder*>& believed = {&root()}, bool required = true)
      : trust(believed),
        rig("{\"trust_store\":\"" + trust.path + "\",\"signature\":\"" + (required ? "required" : "optional") + "\"}") {
  }

  Parsed parse(const std::vector<std::string>& messages) {
    Parsed parsed = rig.parse(bundle_of(messages));
    INFO(parsed.message);
    REQUIRE(parsed.ok());
    return parsed;
  }
};

// What becomes of the request, beside an answer that is beyond doubt: "believed", or why not.
std::string verdict(Checked& checked, const std::string& request) {
  const Parsed parsed = checked.parse({request, signed_by(doctor(), answered().text())});
  if (parsed.events.size() == 1 && parsed.quarantined.empty()) return "believed";
  CHECK(parsed.events.empty());
  for (const std::string& said : parsed.quarantined) {
    const std::size_t at = said.find("Signature: ");
    if (at != std::string::npos) return said.substr(at + 11);
  }
  return "no word of a signature";
}

std::string by(const Holder& holder, const Manner& manner = {}) { return signed_by(holder, whole().text(), manner); }

const char* const kChanged = "does not hold: the message is not the one that was signed";
const char* const kUnknown = "is by a certificate that no authority of the trust store vouches for at that time";
const char* const kMethod = "is made by a method that is not accepted";
const char* const kNotWhole = "does not cover the whole message, and nothing else";

}  // namespace

TEST_CASE("a message whose signature holds is believed", "[nhis][signature]") {
  Checked checked;
  Manner inclusive;
  inclusive.exclusive = false;
  Manner strong;
  strong.digest_method = "http://www.w3.org/2001/04/xmlenc#sha512";
  strong.signature_method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
  strong.content = EVP_sha512();
  strong.info = EVP_sha384();
  CHECK(verdict(checked, by(doctor())) == "believed");
  CHECK(verdict(checked, by(doctor(), inclusive)) == "believed");
  CHECK(verdict(checked, by(doctor(), strong)) == "believed");
  Wish curve;
  curve.curve = "P-256";
  CHECK(verdict(checked, by(Holder("Curve", &root(), curve))) == "believed");
}

TEST_CASE("the event says that the signature holds, and whose it is", "[nhis][signature]") {
  Checked checked;
  const std::string request = by(doctor());
  const Parsed parsed = checked.parse({request, signed_by(doctor(), answered().text())});
  REQUIRE(parsed.events.size() == 1);
  const std::size_t from = request.find("<SignatureValue>") + 16;
  const std::string value = request.substr(from, request.find("</SignatureValue>") - from);
  CHECK_THAT(parsed.events[0], Contains(" nhis.signature=valid nhis.signature-certificate=" + doctor().fingerprint() +
                                        " nhis.signature-value=" + value));
}

TEST_CASE("without a trust store a signature is noted, however it is", "[nhis][signature]") {
  const Holder stranger("Stranger", nullptr);
  const auto told = [](const std::string& request) {
    const Parsed parsed = NhisRig().parse(bundle_of({request, answered().text()}));
    REQUIRE(parsed.events.size() == 1);
    return parsed.events[0];
  };
  const std::string message = by(stranger);
  CHECK_THAT(told(message), Contains(" nhis.signature=present nhis.signature-certificate=" + stranger.fingerprint()));
  CHECK_THAT(told(whole().text()), !Contains("nhis.signature"));
  CHECK_THAT(told(replaced(message, "<X509Certificate>MII", "<X509Certificate>???")),
             Contains(" nhis.signature=present nhis.signature-value="));
  CHECK_THAT(told(replaced(message, "<SignatureValue>", "<SignatureValue>&#8238;")), !Contains("signature-value"));
}

TEST_CASE("what was changed after it was signed is not believed", "[nhis][signature]") {
  Checked checked;
  const std::string message = by(doctor());
  CHECK(verdict(checked, replaced(message, "value=\"I10\"", "value=\"I11\"")) == kChanged);
  CHECK(verdict(checked, replaced(message, "2026-10-06T06:40:00Z", "2026-10-05T06:40:00Z")) == kChanged);
  CHECK(verdict(checked, replaced(message, "</n:contents>", "</n:contents><n:warnings/>")) == kChanged);
  CHECK(verdict(checked, replaced(message, "</SignedInfo>", "<!-- --></SignedInfo>")) == "believed");  // no content
  const std::size_t at = message.find("<SignatureValue>") + 16;
  std::string other = message;
  other[at] = other[at] == 'A' ? 'B' : 'A';
  CHECK(verdict(checked, other) == kChanged);
}

TEST_CASE("a certificate has to be vouched for at the time of the message", "[nhis][signature]") {
  Checked checked;
  const Holder stranger("Stranger", nullptr, authority());
  CHECK(verdict(checked, by(Holder("Doctor", &stranger))) == kUnknown);
  CHECK(verdict(checked, by(Holder("Doctor", nullptr))) == kUnknown);
  Wish old;
  old.to = "20261001000000Z";
  CHECK(verdict(checked, by(Holder("Old", &root(), old))) == kUnknown);
  Wish young;
  young.from = "20261007000000Z";
  CHECK(verdict(checked, by(Holder("Young", &root(), young))) == kUnknown);
  Wish late;
  late.to = "20261006235959Z";  // ended since
  CHECK(verdict(checked, by(Holder("Late", &root(), late))) == "believed");
  Wish weak;
  weak.bits = 1024;
  CHECK(verdict(checked, by(Holder("Weak", &root(), weak))) == kUnknown);
  Wish sha1;
  sha1.digest = EVP_sha1();
  CHECK(verdict(checked, by(Holder("Sha1", &root(), sha1))) == kUnknown);
  Wish encryption;
  encryption.usage = "keyEncipherment";
  CHECK(verdict(checked, by(Holder("Encryption", &root(), encryption))) ==
        "is by a certificate that is not for signatures");
  Wish repudiation;
  repudiation.usage = "nonRepudiation";
  CHECK(verdict(checked, by(Holder("Qualified", &root(), repudiation))) == "believed");
}

TEST_CASE("an authority between the root and the signer comes with the message or stands in the store",
          "[nhis][signature]") {
  const Holder between("Between", &root(), authority());
  const Holder signer("Doctor", &between);
  Manner with_chain;
  with_chain.chain = {&between, &root()};
  Checked checked;
  CHECK(verdict(checked, by(signer)) == kUnknown);
  CHECK(verdict(checked, by(signer, with_chain)) == "believed");
  Checked both({&root(), &between});
  CHECK(verdict(both, by(signer)) == "believed");
  // A certificate that signed nothing makes nobody believed.
  const Holder stranger("Stranger", nullptr);
  Manner borrowed;
  borrowed.chain = {&doctor()};
  CHECK(verdict(checked, by(stranger, borrowed)) != "believed");
  Manner hidden;
  hidden.key_info = "<X509Data><X509Certificate>" + base64(doctor().der()) + "</X509Certificate></X509Data>";
  CHECK(verdict(checked, by(stranger, hidden)) == kChanged);
}

TEST_CASE("a signature has to have the one form that covers everything", "[nhis][signature]") {
  Checked checked;
  const std::string message = by(doctor());
  Manner m;
  std::string expected;
  SECTION("part of the message") {
    m.uri = "#contents";
    expected = kNotWhole;
  }
  SECTION("another document") {
    m.uri = "http://127.0.0.1:1/message";
    expected = kNotWhole;
  }
  SECTION("not itself left out") {
    m.enveloped = false;
    expected = kNotWhole;
  }
  SECTION("by a path that leaves parts out") {
    m.transform =
        "<Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><XPath>true()</XPath></Transform>";
    expected = kMethod;
  }
  SECTION("SHA-1 of the content") {
    m.digest_method = "http://www.w3.org/2000/09/xmldsig#sha1";
    m.content = EVP_sha1();
    expected = kMethod;
  }
  SECTION("SHA-1 in the signature") {
    m.signature_method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    m.info = EVP_sha1();
    expected = kMethod;
  }
  SECTION("a shared key") {
    m.signature_method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    expected = kMethod;
  }
  SECTION("a key without a certificate") {
    m.key_info = "<KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>";
    expected = "holds no certificate";
  }
  SECTION("a certificate that is none") {
    m.key_info = "<X509Data><X509Certificate>AAAA</X509Certificate></X509Data>";
    expected = "holds a certificate that cannot be read";
  }
  SECTION("too many certificates") {
    m.chain = std::vector<const Holder*>(8, &root());
    expected = "holds more than 8 certificates";
  }
  CHECK(verdict(checked, by(doctor(), m)) == expected);
}

TEST_CASE("a second signature, or a second reference, is not accepted", "[nhis][signature]") {
  Checked checked;
  const std::string message = by(doctor());
  const std::size_t from = message.find("<Signature "), to = message.find("</Signature>") + 12;
  const std::string signature = message.substr(from, to - from);
  CHECK(verdict(checked, replaced(message, signature, signature + signature)) == "stands twice");
  const std::size_t at = message.find("<Reference"), end = message.find("</Reference>") + 12;
  const std::string reference = message.substr(at, end - at);
  CHECK(verdict(checked, replaced(message, reference, reference + reference)) == kNotWhole);
}

TEST_CASE("an unsigned message is believed where a signature is optional", "[nhis][signature]") {
  Checked required;
  CHECK(verdict(required, whole().text()) == "is missing");
  Checked optional({&root()}, false);
  const Parsed parsed = optional.parse({whole().text(), answered().text()});
  CHECK(parsed.events.size() == 1);
  CHECK_THAT(parsed.events.at(0), !Contains("nhis.signature"));
  CHECK(verdict(optional, replaced(by(doctor()), "I10", "I11")) == kChanged);  // one that is there has to hold
}

TEST_CASE("one forged message in a bundle costs itself alone, with its bytes", "[nhis][signature]") {
  Checked checked;
  const std::string forged = replaced(signed_by(doctor(), cancelling().text()), "Скрито", "Друго");
  const Parsed parsed = checked.parse({by(doctor()), signed_by(doctor(), answered().text()), forged});
  CHECK(parsed.events.size() == 1);
  REQUIRE(parsed.quarantined.size() == 1);
  CHECK_THAT(parsed.quarantined[0], Contains(std::string("4:1 Signature: ") + kChanged));
  CHECK(parsed.bytes[0] == forged);
}

TEST_CASE("a forged refusal takes nothing back", "[nhis][signature]") {
  Checked checked;
  const Message refused{"X014", "<n:error>" + leaf("type", "1") + "</n:error>", "07:00:00.500Z"};
  const auto events = [&](const std::string& refusal) {
    return checked.parse({by(doctor()), refusal, signed_by(doctor(), answered().text())}).events.size();
  };
  CHECK(events(refused.text()) == 1);
  CHECK(events(signed_by(doctor(), refused.text())) == 0);
}

TEST_CASE("no result of a forged answer is told", "[nhis][signature]") {
  Checked checked;
  const auto result = [](const std::string& number) {
    return "<n:results><n:examination>" + leaf("nrnExamination", number) + leaf("status", "2") +
           leaf("openDate", "2026-10-06T06:40:00Z") + diagnosis("I10") + "</n:examination>" + kSubject + performer() +
           "</n:results>";
  };
  const Message fetched{"X006", leaf("foundNumber", "2") + result("26279A0000A1") + result("26279A0000A2")};
  const std::string message = signed_by(doctor(), fetched.text());
  CHECK(checked.parse({message}).events.size() == 2);
  const Parsed parsed = checked.parse({replaced(message, "26279A0000A2", "26279A0000A3")});
  CHECK(parsed.events.empty());
  REQUIRE(parsed.quarantined.size() == 1);
  CHECK_THAT(parsed.quarantined[0], Contains(kChanged));
}

TEST_CASE("the cut of the bytes means nothing to a signature", "[nhis][signature]") {
  Checked checked;
  const std::string bytes =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
      bundle_of({by(doctor()), signed_by(doctor(), answered().text()), replaced(by(doctor()), "I10", "I11")});
  const Parsed at_once = checked.rig.parse(bytes);
  CHECK(at_once.events.size() == 1);
  CHECK(at_once.quarantined.size() == 1);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{997}}) {
    Delivered delivered;
    delivered.chunk = chunk;
    CAPTURE(chunk);
    const Parsed cut = checked.rig.parse(bytes, delivered);
    CHECK(cut.events == at_once.events);
    CHECK(cut.quarantined == at_once.quarantined);
    CHECK(cut.bytes == at_once.bytes);
  }
}

TEST_CASE("a message larger than can be held is not believed, its neighbours are", "[nhis][signature]") {
  Checked checked;
  std::string filling;
  for (int i = 0; i < 1100; ++i) filling += "<n:x>" + std::string(1000, 'a') + "</n:x>";
  const Message large{"X005", filling};
  const Parsed parsed =
      checked.parse({by(doctor()), signed_by(doctor(), large.text()), signed_by(doctor(), answered().text())});
  CHECK(parsed.events.size() == 1);
  REQUIRE(parsed.quarantined.size() == 1);
  CHECK_THAT(parsed.quarantined[0], Contains("Signature: cannot be checked: its message is larger than 1 MiB"));
}

TEST_CASE("a message that leans on the bundle's namespaces cannot be checked", "[nhis][signature]") {
  Checked checked;
  const std::string declared = " xmlns:n=\"" + kSpace + "\"";
  const std::string bare = replaced(by(doctor()), declared, "");
  const Parsed parsed = checked.rig.parse("<b:messages xmlns:b=\"urn:vestitel:nhis-messages:1\"" + declared + ">" +
                                          bare + "</b:messages>");
  CHECK(parsed.events.empty());
  REQUIRE_FALSE(parsed.quarantined.empty());
}

TEST_CASE("a trust store that cannot be used stops the start", "[nhis][signature]") {
  const auto begun = [](const std::string& settings) {
    FakeHost host(load(VESTITEL_NHIS_READER));
    const Outcome outcome = host.begin(settings);
    return std::to_string(outcome.rc == VESTITEL_E_CONFIG) + " " + outcome.field_path;
  };
  CHECK(begun(R"({"signature":"required"})") == "1 /signature");
  CHECK(begun(R"({"trust_store":"/nowhere/trust.pem"})") == "1 /trust_store");
  CHECK(begun(R"({"trust_store":"/dev/null"})") == "1 /trust_store");
}
