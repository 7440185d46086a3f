#include "core/pipeline/render.hpp"

#include <catch2/catch.hpp>

#include "core/base/json_text.hpp"
#include "tests/pipeline/rules.hpp"

namespace vestitel::test {
namespace {

// Title and body of `text` as the only template, in both languages.
HubConfig config_with(const std::string& text) {
  HubConfig config;
  config.link = "https://portal.example.bg/";
  config.templates = {words("default", "bg", text), words("default", "en", text)};
  return config;
}

std::string rendered(const std::string& text, const Event& e, std::string_view locale = "bg") {
  ConfigFindings findings;
  const Templates templates(config_with(text), findings);
  REQUIRE(to_text(findings) == "");
  Renderer renderer(templates);
  RenderedText out;
  const auto number = templates.find("default", locale, Channel::kEmail);
  REQUIRE(number.has_value());
  const auto done = renderer.render(*number, e, out);
  REQUIRE(done.ok());
  return out.title + "|" + out.body;
}

std::string first_finding(const std::string& text) {
  ConfigFindings findings;
  const Templates templates(config_with(text), findings);
  return findings.empty() ? "" : findings[0].text();
}

}  // namespace

TEST_CASE("dates are words of the reader's language", "[render]") {
  const std::string text = "Subject: {{occurred_on}}\n\n{{reported_on}}";
  CHECK(rendered(text, event(), "bg") == "6 октомври 2026 г.|3 ноември 2026 г.");
  CHECK(rendered(text, event(), "en") == "6 October 2026|3 November 2026");
}

TEST_CASE("an instant is dated as the day in Sofia", "[render]") {
  Event e = event();
  e.occurred_date_only = false;
  e.occurred += std::chrono::hours{21};  // midnight there
  CHECK(rendered("Subject: a\n\n{{occurred_on}}", e, "en") == "a|7 October 2026");
}

TEST_CASE("a revision has words of its own", "[render]") {
  struct Case {
    Revision revision;
    const char* text;
  };
  const auto c = GENERATE(values<Case>({{Revision::kNew, "new|new."},
                                        {Revision::kCorrected, "other|corrected."},
                                        {Revision::kAnnulled, "other|annulled."}}));
  CHECK(rendered("Subject: {{#new}}new{{/new}}{{^new}}other{{/new}}\n\n"
                 "{{#new}}new{{/new}}{{#corrected}}corrected{{/corrected}}{{#annulled}}annulled{{/annulled}}.",
                 event(EventType::kOutpatient, c.revision)) == c.text);
}

TEST_CASE("a tag alone on its line leaves no line behind, and no empty line that was meant is lost", "[render]") {
  struct Case {
    const char *body, *text;
  };
  const auto c = GENERATE(values<Case>({
      {"{{! a comment }}\nA\n", "A\n"},
      {"{{! of two\nlines }}\nA", "A"},
      {"A\n\n{{#new}}\nB\n{{/new}}\n{{#corrected}}\nC\n{{/corrected}}\n\nD\n", "A\n\nB\n\nD\n"},
      {"A\n\n{{#corrected}}\nB\n{{/corrected}}\n  {{#new}}\nC\n  {{/new}}\n\nD\n", "A\n\nC\n\nD\n"},
      {"A\n  {{#new}}\t\n  B\n  {{/new}}  \nC", "A\n  B\nC"},
      {"A\n{{#corrected}}C{{/corrected}}\nB", "A\n\nB"},
      {"A {{#new}}\nB{{/new}}", "A \nB"},
      {"{{#new}}\nA\n{{/new}}", "A\n"},
      {"{{occurred_on}}\n\n{{notice}}\n", "6 октомври 2026 г.\n\ne-12-7\n"},
  }));
  CHECK(rendered(std::string("Subject: a\n\n") + c.body, event()) == std::string("a|") + c.text);
}

TEST_CASE("the kind is told in neutral words", "[render]") {
  const std::string text = "Subject: a\n\n{{kind}}";
  CHECK(rendered(text, event(EventType::kHospitalAdmission)) == rendered(text, event(EventType::kDental)));
  CHECK(rendered(text, event(EventType::kInsuranceStatusChanged)) == rendered(text, event(EventType::kContactChanged)));
  CHECK(rendered(text, event(EventType::kPrescription), "en") == "a|a document");
}

TEST_CASE("a value goes into plain text as it is", "[render]") {
  CHECK(rendered("Subject: a & b\n\n{{link}} <{{notice}}> {{{notice}}} {{& notice }}{{! comment }}", event()) ==
        "a & b|https://portal.example.bg/ <e-12-7> e-12-7 e-12-7");
}

TEST_CASE("what is remembered differs in the notice number alone", "[render]") {
  ConfigFindings findings;
  const Templates templates(config_with("Subject: {{notice}}\n\n{{occurred_on}} {{notice}}."), findings);
  Renderer renderer(templates);
  RenderedText out;
  Event e = event();
  for (std::int64_t i = 0; i < 1000; ++i) {
    e.id = event_id(1, i);
    e.occurred = Instant{std::chrono::sys_days{std::chrono::year{2026} / 10 / 6}} + std::chrono::days{i % 2};
    REQUIRE(renderer.render(1, e, out).ok());
    const std::string id = to_text(e.id);
    REQUIRE(out.title == id);
    REQUIRE(out.body == (i % 2 == 0 ? "6" : "7") + std::string(" October 2026 ") + id + ".");
  }
  CHECK(renderer.counts().rendered == 2);
  CHECK(renderer.counts().remembered == 998);
}

TEST_CASE("what is remembered is bounded", "[render]") {
  ConfigFindings findings;
  const Templates templates(config_with("Subject: a\n\n{{occurred_on}}"), findings);
  Renderer renderer(templates);
  RenderedText out;
  Event e = event();
  for (int round = 0; round < 2; ++round) {
    e.occurred = Instant{std::chrono::sys_days{std::chrono::year{1990} / 1 / 1}};
    for (int i = 0; i < 5000; ++i, e.occurred += std::chrono::days{1}) REQUIRE(renderer.render(0, e, out).ok());
  }
  CHECK(renderer.counts().rendered > 5000);  // what the first round left was not all of it
}

TEST_CASE("a template that could print more than the neutral list is refused with its place", "[render]") {
  struct Case {
    const char *name, *text, *finding;
  };
  const auto c = GENERATE(values<Case>({
      {"an identifier", "Subject: a\n\nЗдравей {{subject}}",
       "templates/bg/default.mustache:3:9: found {{subject}}; allowed: {{occurred_on}}"},
      {"without escape", "Subject: a\n\n\n {{{egn}}}", "templates/bg/default.mustache:4:2: found {{egn}};"},
      {"with an ampersand", "Subject: a\n\n{{& facility.name }}",
       "templates/bg/default.mustache:3:1: found {{facility.name}};"},
      {"in the title", "Subject: {{diagnosis}}\n\nb", "templates/bg/default.mustache:1:10: found {{diagnosis}};"},
      {"inside a section", "Subject: a\n\n{{#new}}{{amount}}{{/new}}",
       "templates/bg/default.mustache:3:9: found {{amount}};"},
      {"as a section", "Subject: a\n\n{{#payer}}x{{/payer}}", "templates/bg/default.mustache:3:1: found {{#payer}};"},
      {"the whole context", "Subject: a\n\n{{.}}", "templates/bg/default.mustache:3:1: found {{.}};"},
      {"a partial", "Subject: a\n\n{{> other}}", "templates/bg/default.mustache:3:1: found {{> other}};"},
      {"other delimiters", "Subject: a\n\n{{=<% %>=}}<% egn %>",
       "templates/bg/default.mustache:3:1: found {{=<% %>=}};"},
      {"a variable as a section", "Subject: a\n\n{{#notice}}x{{/notice}}",
       "templates/bg/default.mustache:3:1: found {{#notice}};"},
      {"a section as a variable", "Subject: a\n\n{{new}}", "templates/bg/default.mustache:3:1: found {{new}};"},
      {"an open section", "Subject: a\n\n{{#new}}x", "found section new without its end"},
      {"an end of another", "Subject: a\n\n{{#new}}{{/corrected}}", "found {{/corrected}}; allowed: {{/new}}"},
      {"an end of none", "Subject: a\n\n{{/new}}", "found {{/new}}; allowed: no end where no section is open"},
      {"an open tag", "Subject: a\n\nx {{notice", "templates/bg/default.mustache:3:3: found a tag without its end"},
      {"no title", "Hello\n\nb", "templates/bg/default.mustache:1:1: found another beginning"},
      {"no body", "Subject: a\n\n \n", "templates/bg/default.mustache:1:1: found another beginning"},
      {"no empty line", "Subject: a\nb\n", "templates/bg/default.mustache:1:1: found another beginning"},
      {"a control character", "Subject: a\n\nb\x01", "found a control character"},
      {"a lone carriage return in the title", "Subject: a\rBcc: b\n\nc", "found a control character"},
      {"broken text", "Subject: a\n\n\xff", "found bytes that are not UTF-8"},
  }));
  CAPTURE(c.name);
  CHECK(first_finding(c.text).find(c.finding) != std::string::npos);
}

TEST_CASE("size and nesting are bounded", "[render]") {
  std::string deep;
  for (int i = 0; i < 17; ++i) deep += "{{#new}}";
  CHECK(first_finding("Subject: a\n\n" + deep).find("nested deeper than 16") != std::string::npos);
  CHECK(first_finding("Subject: a\n\n" + std::string(64 << 10, 'x')).find("more than 64 KiB") != std::string::npos);
  CHECK(first_finding("Subject: " + std::string(1001, 'x') + "\n\nb").find("another beginning") != std::string::npos);
}

TEST_CASE("CRLF is read like LF", "[render]") {
  CHECK(rendered("Subject: a\r\n\r\nb\r\nc\r\n", event()) == "a|b\nc\n");
}

TEST_CASE("every template is there in every language, and for all channels", "[render]") {
  HubConfig config = config_with("Subject: a\n\nb");
  config.templates.pop_back();
  config.templates.push_back(words("default", "en", "Subject: a\n\nb", Channel::kSms));
  ConfigFindings findings;
  const Templates templates(config, findings);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].text().find("no templates/en/default.mustache") != std::string::npos);
}

TEST_CASE("a text of its own takes the place on its channel; an unknown language reads the first", "[render]") {
  HubConfig config = config_with("Subject: a\n\nb");
  config.templates.push_back(words("default", "bg", "Subject: s\n\ns", Channel::kSms));
  ConfigFindings findings;
  const Templates templates(config, findings);
  CHECK(templates.find("default", "bg", Channel::kSms) == std::size_t{2});
  CHECK(templates.find("default", "bg", Channel::kEmail) == std::size_t{0});
  CHECK(templates.find("default", "en", Channel::kSms) == std::size_t{1});
  CHECK(templates.find("default", "de", Channel::kEmail) == std::size_t{0});
  CHECK_FALSE(templates.find("other", "bg", Channel::kEmail).has_value());
}

TEST_CASE("a text for SMS carries no link, whichever file it comes from", "[render]") {
  HubConfig config = config_with("Subject: a\n\n{{link}}");
  ConfigFindings findings;
  { const Templates without_sms(config, findings); }
  CHECK(to_text(findings) == "");
  config.instances.push_back(sink("gateway", {Channel::kSms}));
  { const Templates with_sms(config, findings); }
  CHECK(findings.size() == 2);  // bg and en
  findings.clear();
  config.templates.push_back(words("default", "bg", "Subject: s\n\ns", Channel::kSms));
  config.templates.push_back(words("default", "en", "Subject: s\n\ns", Channel::kSms));
  { const Templates with_own_text(config, findings); }
  CHECK(to_text(findings) == "");
}

TEST_CASE("a text that needs a link needs one in the configuration", "[render]") {
  HubConfig config = config_with("Subject: a\n\n{{link}}");
  config.link.clear();
  ConfigFindings findings;
  const Templates templates(config, findings);
  CHECK(findings.at(0).text().find("{{link}}, but vestitel.yaml has no link") != std::string::npos);
}

TEST_CASE("only the date of reporting makes the router read more of an event", "[render]") {
  ConfigFindings findings;
  CHECK_FALSE(
      Templates(config_with("Subject: {{kind}}\n\n{{occurred_on}} {{notice}} {{link}}"), findings).needs_body());
  CHECK(Templates(config_with("Subject: a\n\n{{reported_on}}"), findings).needs_body());
}

TEST_CASE("the notice is a CloudEvents event that gives nothing away", "[render]") {
  std::string json = "[";
  append_notice_json(json, event(EventType::kHospitalAdmission, Revision::kCorrected), true);
  CHECK(json ==
        R"([{"specversion":"1.0","id":"e-12-7","source":"urn:vestitel:hub","type":"notice.reported","subject":"p-17",)"
        R"("time":"2026-10-05T21:00:00Z","datacontenttype":"application/json",)"
        R"("data":{"revision":"corrected","occurred_on":"2026-10-06","urgent":true}})");
  Event e = event();
  e.occurred_date_only = false;
  e.occurred += std::chrono::hours{22} + std::chrono::seconds{61};
  std::string instant;
  append_notice_json(instant, e, false);
  CHECK(instant.find(R"("time":"2026-10-06T22:01:01Z")") != std::string::npos);
  CHECK(instant.find(R"("occurred_on":"2026-10-07","urgent":false)") != std::string::npos);
}

}  // namespace vestitel::test
