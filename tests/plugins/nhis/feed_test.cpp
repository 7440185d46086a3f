// What nhis-feed asks a service, and what it makes of the pages. The messages themselves are the reader's, which it
// shares; the answers that are no page are tried with pis-contacts-feed, which shares the service.
#include <xmlsec/xmlsec.h>  // before transforms.h, which needs it

#include <xmlsec/transforms.h>

#include "signer.hpp"
#include "tests/plugins/feed_rig.hpp"
#include "tests/support/xml_schema.hpp"

using namespace vestitel;
using namespace vestitel::testing;

namespace {

const std::string kLibrary = VESTITEL_NHIS_FEED;
const std::string kUrl = "https://nhis.example.bg/messages";
const std::string kFormats = VESTITEL_FORMATS;
const std::string kSecondLocal = "005a0000-0000-4040-8080-000000000066", kSecondNumber = "26279A0000A2";

std::string settings_with(const std::string& more = "") { return "{\"url\":\"" + kUrl + "\"" + more + "}"; }

struct FeedRig : PagedRig {
  explicit FeedRig(const std::vector<FakeAnswer>& answers = {}, const std::string& settings = settings_with())
      : PagedRig(kLibrary, settings, answers) {}
};

// A page whose root has these attributes.
std::string marked(const std::vector<Message>& messages, const std::string& attributes) {
  return replaced(bundle(messages), "messages:1\"", "messages:1\" " + attributes);
}
std::string page_of(const std::vector<Message>& messages, const std::string& next, bool more) {
  return marked(messages, "next=\"" + next + "\" more=\"" + (more ? "true" : "false") + "\"");
}

std::vector<Message> examination() { return {opening(), opened(), closing(), closed()}; }
// Another of the same person: a referral that was issued.
std::vector<Message> referral() {
  return {{"R001", "<n:referral>" + leaf("lrn", kSecondLocal) + leaf("authoredOn", "2026-10-06") +
                       leaf("category", "R2") + diagnosis("I10") + "</n:referral>" + kSubject + performer("requester")},
          {"R002", answer("nrnReferral", kSecondNumber, kSecondLocal, "0"), "07:00:01.000Z"}};
}
std::vector<Message> both() {
  std::vector<Message> all = examination();
  for (const Message& message : referral()) all.push_back(message);
  return all;
}

std::string failure(const std::string& body, const std::string& cursor = "here") {
  FeedRig rig({page(body)}, settings_with(R"(,"page_size":5)"));
  return failure_of(rig, cursor);
}

}  // namespace

TEST_CASE("a poll is one page: what its messages tell, then the service's cursor", "[nhis-feed]") {
  FeedRig rig({page(page_of(examination(), "7/a=&amp;+%", true)), page(page_of(referral(), "end", false)),
               page(page_of({}, "end", false))});
  const Parsed first = rig.host.poll("");
  CAPTURE(first.message);
  CHECK(first.rc == VESTITEL_MORE);
  REQUIRE(first.events.size() == 1);
  CHECK(holds(first.events[0], "activity.outpatient new egn:9622299980 2026-10-06"));
  CHECK(holds(first.events[0], "key=2203999001|exam:" + kNumber));
  REQUIRE(first.cursors == TextLines{"7/a=&+%"});

  const Parsed second = rig.host.poll(first.cursors[0]);
  CHECK(second.rc == VESTITEL_END);
  REQUIRE(second.events.size() == 1);
  CHECK(holds(second.events[0], "document.referral new "));
  CHECK(second.cursors == TextLines{"end"});

  const Parsed third = rig.host.poll("end");
  CHECK(third.rc == VESTITEL_END);
  CHECK(third.cursors == TextLines{});  // nothing new is no unit

  REQUIRE(rig.host.requests.size() == 3);
  CHECK(rig.host.requests[0].url == kUrl + "?limit=500");
  CHECK(rig.host.requests[1].url == kUrl + "?limit=500&after=7%2Fa%3D%26%2B%25");
  CHECK(rig.host.requests[2].headers.at("accept") == "application/xml");
}

TEST_CASE("a page tells what the same bundle tells as a file", "[nhis-feed]") {
  const std::string file = data_file(VESTITEL_NHIS_SAMPLES "/bundle.xml");
  const Parsed read = NhisRig().parse(file);
  REQUIRE(read.events.size() > 5);
  FeedRig rig({page(replaced(file, "messages:1\"", "messages:1\" next=\"a\" more=\"false\""))});
  const Parsed polled = rig.host.poll("");
  CHECK(polled.events == read.events);
  CHECK(polled.quarantined == read.quarantined);
  CHECK(polled.cursors == TextLines{"a"});
}

TEST_CASE("what says that a bundle is a page means nothing in a file", "[nhis-feed]") {
  const Parsed plain = NhisRig().parse(bundle(examination()));
  const Parsed marked_one = NhisRig().parse(marked(examination(), "next=\"\" more=\"perhaps\""));
  REQUIRE(plain.events.size() == 1);
  CHECK(marked_one.events == plain.events);
}

TEST_CASE("a page has to hold what belongs together", "[nhis-feed]") {
  FeedRig rig({page(page_of({opening(), opened(), closing()}, "a", true)), page(page_of({closed()}, "b", false))});
  const Parsed first = rig.host.poll("");
  CHECK(first.events.empty());
  CHECK(refused(first) == TextLines{"examination: is a request without its reply"});
  REQUIRE(first.bytes.size() == 1);
  CHECK(holds(first.bytes[0], "X003"));
  CHECK(first.cursors == TextLines{"a"});
  const Parsed second = rig.host.poll("a");
  CHECK(second.events.empty());
  CHECK(refused(second) == TextLines{"examination: is a reply without its request"});
}

TEST_CASE("a page that is not whole counts for nothing", "[nhis-feed]") {
  struct Case {
    std::string body, message;
  };
  const std::string reading = "reading a page: ", cursor = reading + "its root has no cursor next",
                    more = reading + "its root does not say whether there is more";
  const auto c = GENERATE_COPY(values<Case>({
      {"", reading + "line 1, column 1, document: the document is empty"},
      {"<html>6223041217</html>", reading + "line 1, column 6, document: the root is neither message nor messages"},
      {examination()[0].text(), cursor},
      {bundle(examination()), cursor},
      {marked(examination(), "more=\"false\""), cursor},
      {marked(examination(), "b:next=\"a\" more=\"false\""), cursor},
      {marked(examination(), "next=\"\" more=\"false\""), cursor},
      {marked(examination(), "next=\"a b\" more=\"false\""), cursor},
      {page_of(examination(), std::string(1025, 'a'), false), cursor},
      {marked(examination(), "next=\"a\""), more},
      {marked(examination(), "next=\"a\" more=\"1\""), more},
      {page_of(both(), "a", true), reading + "it is longer than was asked for"},
      {page_of(examination(), "here", true), reading + "it leads back to itself"},
  }));
  CAPTURE(c.body);
  CHECK(failure(c.body) == code(VESTITEL_E_DATA) + c.message);
}

TEST_CASE("a page that is cut off counts for nothing, wherever it was", "[nhis-feed]") {
  const std::string whole = page_of(both(), "a", true);
  for (std::size_t size = 0; size + 1 < whole.size(); size += 53) {
    FeedRig rig({page(whole.substr(0, size))});
    CAPTURE(size);
    const Parsed polled = rig.host.poll("");
    CHECK(polled.rc == VESTITEL_E_DATA);
    CHECK(polled.cursors == TextLines{});
  }
}

TEST_CASE("one record may have more messages than were asked for, and the longest page passes", "[nhis-feed]") {
  FeedRig rig({page(page_of(examination(), std::string(1024, '~'), true)),
               page(page_of({closing(), closed(), opening(), opened()}, "b", true)), page(page_of(both(), "c", false))},
              settings_with(R"(,"page_size":6)"));
  const Parsed alone = rig.host.poll("", 1);
  CHECK(rig.host.requests.back().url == kUrl + "?limit=1");
  CHECK(alone.events.size() == 1);
  CHECK(alone.cursors.size() == 1);
  CHECK(rig.host.poll("a", 1).cursors == TextLines{"b"});  // that they are about one record shows late
  CHECK(rig.host.poll("b").cursors == TextLines{"c"});
}

TEST_CASE("of an answer to a query each result counts", "[nhis-feed]") {
  const auto result = [](const std::string& number) {
    return "<n:results><n:hospitalization>" + leaf("nrnHospitalization", number) + leaf("status", "2") +
           leaf("practiceNumber", "2201999004") + leaf("admissionDate", "2026-10-06") + "</n:hospitalization>" +
           kSubject + "</n:results>";
  };
  const std::vector<Message> stays = {{"H002", result("26285H0000E1") + result("26285H0000E2")}};
  FeedRig rig({page(page_of(stays, "a", false)), page(page_of(stays, "a", false))});
  const Parsed fits = rig.host.poll("", 2);
  CHECK(fits.events.size() == 2);
  CHECK(fits.cursors == TextLines{"a"});
  CHECK(rig.host.poll("", 1).message == "reading a page: it is longer than was asked for");
}

TEST_CASE("credentials, waiting and a lost cursor are told apart", "[nhis-feed]") {
  FeedRig rig({status(401), status(404), status(410), status(429, 90'000), page(page_of({}, "a", false))});
  rig.host.secrets["token"] = "s3cret";
  CHECK(failure_of(rig, "") == code(VESTITEL_E_AUTH) + "asking for a page: the service answered 401");
  CHECK(failure_of(rig, "") == code(VESTITEL_E_CONFIG, "/url") + "asking for a page: the service answered 404");
  CHECK(failure_of(rig, "") ==
        code(VESTITEL_E_CONFIG) + "asking for a page: the service answered 410: it does not know the cursor any more");
  CHECK(rig.host.poll("").retry_after_ms == 90'000);
  CHECK(rig.host.check().ok());
  CHECK(rig.host.requests.back().url == kUrl + "?limit=1");
  CHECK(rig.host.requests.back().headers.at("authorization") == "Bearer s3cret");
}

TEST_CASE("a poll that is called off is no fault of the page", "[nhis-feed]") {
  FeedRig rig;
  rig.host.http = [&](const FakeRequest&) {
    rig.host.cancel = true;
    return page(page_of(examination(), "a", true));
  };
  const Parsed polled = rig.host.poll("");
  CHECK(polled.rc == VESTITEL_E_CANCELLED);
  CHECK(polled.cursors == TextLines{});
}

TEST_CASE("pages are held to the trust store, beside a reader that is too", "[nhis-feed]") {
  const Holder root("Root", nullptr, authority()), doctor("Doctor", &root);
  const PemFile trust({&root});
  const std::string trusting = R"("signature":"required","trust_store":")" + trust.path + "\"";
  const NhisRig reader("{" + trusting + "}");
  const void* const begun = xmlSecTransformIdsGet()->data;

  std::string body = page_of(referral(), "b", false);
  for (const Message& message : referral()) {
    body = replaced(body, "</b:messages>", signed_by(doctor, message.text()) + "</b:messages>");
  }
  FeedRig feed({page(body)}, settings_with("," + trusting));
  CHECK(xmlSecTransformIdsGet()->data == begun);  // the reader goes on with what it has
  const Parsed polled = feed.host.poll("");
  REQUIRE(polled.events.size() == 1);
  CHECK(holds(polled.events[0], " nhis.signature=valid"));
  CHECK(refused(polled).size() == 2);  // the same without signatures
  CHECK(polled.cursors == TextLines{"b"});
}

TEST_CASE("pages are read by the settings of the reader", "[nhis-feed]") {
  FeedRig alone({page(page_of({referral()[0]}, "a", false))}, settings_with(R"(,"requests_alone":true)"));
  CHECK(alone.host.poll("").events.size() == 1);
}

TEST_CASE("settings that cannot be meant are refused at their key", "[nhis-feed]") {
  struct Case {
    std::string settings, field;
  };
  const auto c = GENERATE(values<Case>({
      {"{}", "/url"},
      {R"({"url":"http://nhis.example.bg/messages"})", "/url"},
      {settings_with(R"(,"page_size":0)"), "/page_size"},
      {settings_with(R"(,"page_size":5001)"), "/page_size"},
      {settings_with(R"(,"signature":"required")"), "/signature"},
      {settings_with(R"(,"trust_store":"/nowhere.pem")"), "/trust_store"},
  }));
  CAPTURE(c.settings);
  FakeHost host(load(kLibrary));
  const Outcome begun = host.begin(c.settings);
  CHECK(begun.rc == VESTITEL_E_CONFIG);
  CHECK(begun.field_path == c.field);
}

TEST_CASE("the schema lets pages, samples and the page's example pass, and nothing else", "[nhis-feed]") {
  const XmlSchema schema(kFormats + "nhis-messages.xsd");
  CHECK(schema.faults(data_file(VESTITEL_NHIS_SAMPLES "/bundle.xml")).empty());
  CHECK(schema.faults(page_of(examination(), "7/a=&amp;+%", true)).empty());
  CHECK_FALSE(schema.faults(page_of(examination(), "a b", true)).empty());
  CHECK_FALSE(schema.faults(marked(examination(), "next=\"a\" more=\"1\"")).empty());
  CHECK_FALSE(schema.faults(marked(examination(), "next=\"a\" later=\"1\"")).empty());

  const std::string text = data_file(kFormats + "nhis-messages.md");
  const std::size_t from = text.rfind("<v:messages"), to = text.find("/>", from) + 2;
  const std::string example = text.substr(from, to - from);
  CHECK(schema.faults(example).empty());
  FeedRig rig({page(example)});
  CHECK(rig.host.poll("").cursors == TextLines{"2026-11-20/000417"});
}
