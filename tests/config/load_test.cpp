#include <catch2/catch.hpp>

#include "core/config/config.hpp"
#include "tests/config/fake_environment.hpp"

namespace vestitel::test {
namespace {

using namespace std::chrono_literals;

// The findings of a good folder with one file replaced.
std::string findings_with(const std::string& file, const std::string& text) {
  FakeEnvironment env = good_environment();
  env.files["/c/" + file] = {text};
  return to_text(load_config("/c", env).errors);
}

}  // namespace

TEST_CASE("a configuration becomes typed values, with defaults where it is silent", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/vestitel.yaml"] = {
      "store: ../state\nlink: https://portal.example.bg/\nlog: {form: json, level: warning}\n"
      "limits:\n  free_space: 1GiB\n"};
  env.files["/c/plugins.d/in.yaml"] = {
      "id: in\nplugin: nzok_amblist\nenabled: false\nreader:\n  drop_folder: ${store}/inbox\n  partner: dkc-1\n"
      "  stable_for: 250ms\n"};
  env.files["/c/plugins.d/mail.yaml"] = {
      "id: mail\nplugin: smtp\nsettings:\n  host: h\n  port: 25\n  code: 0123\n  tls: true\n  list: [1, a]\n"
      "sink:\n  channel: [email, sms]\n  rate: 50/m\n  batch: 20\n  max_attempts: 7\n"
      "  retry: {base: 1s, cap: 10s, total: 1h}\n"};
  env.files["/c/routes.yaml"] = {
      "routes:\n- name: one\n  match: {type: [activity.*], region: \"01\"}\n  channels: email\n  urgent: true\n"
      "  keep: all\n  cadence: immediate\n"};
  const auto outcome = load_config("/c/vestitel.yaml", env);
  REQUIRE(to_text(outcome.errors) == "");

  const HubConfig& config = outcome.config;
  CHECK(config.store == "/state");
  CHECK(config.keys == "/state/keys/master.key");
  CHECK_FALSE(config.keys_exist);
  CHECK(config.link == "https://portal.example.bg/");
  CHECK(config.log.form == LogConfig::Form::kJson);
  CHECK(config.log.level == LogConfig::Level::kWarning);
  CHECK(config.limits.free_space == 1ULL << 30);
  CHECK(config.limits.drain == 40s);

  const Instance& in = *config.find("in");
  CHECK_FALSE(in.enabled);
  CHECK(in.settings.reveal() == "{}");
  CHECK(in.reader->drop_folder == "/state/inbox");
  CHECK(in.reader->partner == "dkc-1");
  CHECK(in.reader->stable_for == 250ms);
  CHECK(in.reader->stable_scans == 2);
  CHECK(in.reader->max_size == 4ULL << 30);
  CHECK_FALSE(in.sink.has_value());

  const Instance& mail = *config.find("mail");
  CHECK(mail.settings.reveal() == R"({"host":"h","port":25,"code":"0123","tls":true,"list":[1,"a"]})");
  CHECK(mail.sink->channels == std::vector{Channel::kEmail, Channel::kSms});
  CHECK(mail.sink->rate.count == 50);
  CHECK(mail.sink->rate.per == 60s);
  CHECK(mail.sink->batch == 20);
  CHECK(mail.sink->retry.max_attempts == 7);
  CHECK(mail.sink->retry.total == 1h);

  const RouteConfig& route = config.routes.at(0);
  CHECK(route.region == std::vector<std::string>{"01"});
  CHECK(route.urgent);
  CHECK(route.template_name == "default");
  CHECK(config.templates.size() == 2);
}

TEST_CASE("a feed is read with its schedule, and has defaults", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/plugins.d/lab.yaml"] = {
      "id: lab\nplugin: p\nfeed:\n  schedule: \"*/5 6-22 * * mon-fri\"\n  jitter: 90s\n  max_events: 50\n"
      "  catch_up: false\n  baseline: true\n"};
  env.files["/c/plugins.d/plain.yaml"] = {"id: plain\nplugin: p\nfeed:\n"};
  const auto outcome = load_config("/c", env);
  REQUIRE(to_text(outcome.errors) == "");
  const FeedConfig& lab = *outcome.config.find("lab")->feed;
  CHECK(lab.schedule.text() == "*/5 6-22 * * mon-fri");
  CHECK(lab.jitter == 90s);
  CHECK(lab.max_events == 50);
  CHECK_FALSE(lab.catch_up);
  CHECK(lab.baseline);
  const FeedConfig& plain = *outcome.config.find("plain")->feed;
  CHECK(plain.schedule.next(Instant{}) == Instant{15min});
  CHECK(plain.jitter == 0s);
  CHECK(plain.max_events == 1'000);
  CHECK(plain.catch_up);
  CHECK_FALSE(plain.baseline);
  CHECK_FALSE(outcome.config.find("mail")->feed.has_value());
}

TEST_CASE("defaults of a sink are the retry policy of the fault catalogue", "[config]") {
  const auto config = load_config("/c", good_environment()).config;
  const RetryPolicy& retry = config.find("mail")->sink->retry;
  CHECK(retry.base == 2s);
  CHECK(retry.cap == 15min);
  CHECK(retry.total == 72h);
}

TEST_CASE("what becomes of a message without an answer is one of three words", "[config]") {
  FakeEnvironment env = good_environment();
  const auto with = [&](const std::string& keys) {
    env.files["/c/plugins.d/sms.yaml"] = {"id: sms\nplugin: sms-http\nsink: {channel: sms" + keys + "}\n"};
    return load_config("/c", env);
  };
  const auto policy = [&](const std::string& keys) { return with(keys).config.find("sms")->sink->unknown; };
  CHECK(policy("") == UnknownPolicy::kResend);
  CHECK(policy(", unknown: resend") == UnknownPolicy::kResend);
  CHECK(policy(", unknown: hold") == UnknownPolicy::kHold);
  CHECK(policy(", unknown: ask") == UnknownPolicy::kAsk);
  CHECK(with(", unknown: guess").errors.at(0).key == "sink.unknown");
}

TEST_CASE("a provider may call with a secret of 20 characters, from where the file says", "[config]") {
  FakeEnvironment env = good_environment();
  const auto with = [&](const std::string& keys) {
    env.files["/c/plugins.d/sms.yaml"] = {"id: sms\nplugin: sms-http\nsink: {channel: sms, " + keys + "}\n"};
    return load_config("/c", env);
  };
  env.variables["CALL"] = "abcdefghij-ABCDEFGHIJ";
  const auto good =
      with("callback: {secret: \"${env:CALL}\", from: [192.0.2.0/24], answer: ACK/Jasmin}, receipts_every: 5m");
  REQUIRE(to_text(good.errors) == "");
  const SinkConfig& sink = *good.config.find("sms")->sink;
  CHECK(sink.callback.secret.reveal() == "abcdefghij-ABCDEFGHIJ");
  CHECK(sink.callback.answer == "ACK/Jasmin");
  REQUIRE(sink.callback.from.size() == 1);
  CHECK(sink.callback.from[0].contains("192.0.2.9"));
  CHECK(sink.receipts_every == 5min);
  CHECK(with("rate: 1/s").config.find("sms")->sink->callback.secret.reveal().empty());

  CHECK(with("callback: {from: 192.0.2.0/24}").errors.at(0).key == "sink.callback.secret");
  CHECK(with("callback: {secret: \"${env:CALL}\", from: 192.0.2.1/24}").errors.at(0).key == "sink.callback.from");
  env.variables["CALL"] = "too-short";
  const auto short_one = with("callback: {secret: \"${env:CALL}\"}");
  CHECK(short_one.errors.at(0).key == "sink.callback.secret");
  CHECK(to_text(short_one.errors).find("too-short") == std::string::npos);
}

TEST_CASE("a finding names file, line, column, key, what was found and what is allowed", "[config]") {
  struct Case {
    const char *name, *file, *text, *finding;
  };
  const auto c = GENERATE(values<Case>({
      {"a word that is not one of the list", "vestitel.yaml", "store: /s\nlog:\n  form: xml\n",
       "/c/vestitel.yaml:3:9: log.form: found \"xml\"; allowed: auto, json or text\n"},
      {"an unknown key, with the one meant", "vestitel.yaml", "stroe: /s\n",
       "/c/vestitel.yaml:1:1: stroe: found an unknown key; allowed: store, keys, plugins, http, inbox, packages, link, "
       "log, "
       "budget_per_day, limits; "
       "did you mean store?\n"},
      {"an unknown key deep inside", "plugins.d/mail.yaml",
       "id: mail\nplugin: smtp_sink\nsink:\n  channel: email\n  retry:\n    bsae: 2s\n",
       "/c/plugins.d/mail.yaml:6:5: sink.retry.bsae: found an unknown key; allowed: base, cap, total; did you mean "
       "base?\n"},
      {"a key twice", "vestitel.yaml", "store: /s\nstore: /t\n",
       "/c/vestitel.yaml:2:1: store: found the key again; it stands on line 1; allowed: each key once\n"},
      {"a key of the plugin twice", "plugins.d/mail.yaml",
       "id: mail\nplugin: p\nsettings:\n  a: 1\n  a: 2\nsink: {channel: email}\n",
       "/c/plugins.d/mail.yaml:5:3: settings.a: found the key again; it stands on line 4; allowed: each key once\n"},
      {"a list for a word", "vestitel.yaml", "store: [a]\n",
       "/c/vestitel.yaml:1:8: store: found a list; allowed: the path of the state folder\n"},
      {"a duration without a unit", "plugins.d/mail.yaml",
       "id: mail\nplugin: p\nsink:\n  channel: email\n  retry: {base: 2}\n",
       "/c/plugins.d/mail.yaml:5:17: sink.retry.base: found \"2\"; allowed: a duration such as 500ms, 2s, 15m, 72h or "
       "7d\n"},
      {"a number out of range", "vestitel.yaml", "limits: {free_space_percent: 90}\n",
       "/c/vestitel.yaml:1:30: limits.free_space_percent: found \"90\"; allowed: a number from 0 to 50\n"},
      {"a required key", "plugins.d/mail.yaml", "plugin: p\nsink: {channel: email}\n",
       "/c/plugins.d/mail.yaml:1:1: id: found nothing: the key is required; allowed: one to 40 of a-z, 0-9 and -\n"},
      {"an id of other letters", "plugins.d/mail.yaml", "id: Mail_1\nplugin: p\nsink: {channel: email}\n",
       "/c/plugins.d/mail.yaml:1:5: id: found \"Mail_1\"; allowed: one to 40 of a-z, 0-9 and -\n"},
      {"an unknown channel", "plugins.d/mail.yaml", "id: mail\nplugin: p\nsink: {channel: [email, fax]}\n",
       "/c/plugins.d/mail.yaml:3:17: sink.channel: found \"fax\"; allowed: email, sms, push, webhook or file, or a "
       "list "
       "of them\n"},
      {"a cadence that is not there", "routes.yaml", "routes:\n- name: a\n  cadence: weekly\n",
       "/c/routes.yaml:3:12: routes[0].cadence: found \"weekly\"; allowed: immediate, the one cadence that this "
       "version "
       "has\n"},
      {"a route twice", "routes.yaml", "routes:\n- name: a\n- name: a\n",
       "/c/routes.yaml:3:3: routes[1].name: found \"a\" again; it stands on line 2; allowed: each name once\n"},
      {"the name of the built-in route", "routes.yaml", "routes:\n- name: catch-all\n",
       "/c/routes.yaml:2:9: routes[0].name: found \"catch-all\"; allowed: one to 40 of a-z, 0-9 and -, each name once, "
       "not catch-all\n"},
      {"a schedule that is none", "plugins.d/mail.yaml",
       "id: mail\nplugin: p\nfeed:\n  schedule: 0 25 * * *\nsink: {channel: email}\n",
       "/c/plugins.d/mail.yaml:4:13: feed.schedule: found \"0 25 * * *\": the hour takes 0 to 23, *, ranges, lists and "
       "steps; allowed: minute, hour, day, month and weekday as in \"*/15 6-22 * * *\", @hourly, @daily, or @every and "
       "a time from 1s to 30d\n"},
      {"the same id in two files", "plugins.d/z.yaml", "id: mail\nplugin: p\n",
       "/c/plugins.d/z.yaml:1:1: id: found \"mail\", which /c/plugins.d/mail.yaml has already; allowed: each id "
       "once\n"},
      {"a drop-in with the other ending", "plugins.d/z.yml", "id: z\nplugin: p\n",
       "/c/plugins.d/z.yml: found a name that ends in .yml; allowed: a name that ends in .yaml\n"},
      {"a budget that is none", "vestitel.yaml", "budget_per_day: {sms: 500 euro}\n",
       "/c/vestitel.yaml:1:23: budget_per_day.sms: found \"500 euro\"; allowed: what may leave in a day: a number of "
       "messages from 2, one of them kept for urgent ones, or an amount such as \"500 EUR\", more than 0; at most "
       "1000000000\n"},
      {"a budget of which nothing is left for what is not urgent", "vestitel.yaml", "budget_per_day: {sms: 1}\n",
       "/c/vestitel.yaml:1:23: budget_per_day.sms: found \"1\"; allowed: what may leave in a day: a number of "
       "messages from 2, one of them kept for urgent ones, or an amount such as \"500 EUR\", more than 0; at most "
       "1000000000\n"},
      {"a budget of a channel that is none", "vestitel.yaml", "budget_per_day: {fax: 5}\n",
       "/c/vestitel.yaml:1:18: budget_per_day.fax: found an unknown key; allowed: email, sms, push, webhook, file\n"},
      {"a price without a currency", "plugins.d/mail.yaml",
       "id: mail\nplugin: p\nsink: {channel: email, price: 0.045}\n",
       "/c/plugins.d/mail.yaml:3:31: sink.price: found \"0.045\"; allowed: what one message costs, such as \"0.045 "
       "EUR\": at most six decimals, a currency of three letters\n"},
      {"a budget in money where a sink says no price", "vestitel.yaml", "budget_per_day: {email: 5 EUR}\n",
       "/c/plugins.d/mail.yaml:3:1: sink.price: found nothing; allowed: an amount in EUR, in which "
       "budget_per_day.email counts; \"0 EUR\" where it costs nothing\n"},
      {"broken YAML", "vestitel.yaml", "store: [a\n",
       "/c/vestitel.yaml:2:1: found end of sequence flow not found; allowed: YAML: maps, lists and plain values\n"},
      {"an alias", "vestitel.yaml", "store: &a /s\nkeys: *a\n",
       "/c/vestitel.yaml:1:8: found an anchor; write the value out; allowed: YAML: maps, lists and plain values\n"},
      {"a tag", "vestitel.yaml", "store: !!binary aGFsbG8=\n",
       "/c/vestitel.yaml:1:8: found a tag; plain values only; allowed: YAML: maps, lists and plain values\n"},
      {"two documents", "vestitel.yaml", "store: /s\n---\nstore: /t\n",
       "/c/vestitel.yaml:3:1: found a second document; allowed: one document a file\n"},
      {"bytes that are not text", "vestitel.yaml", "store: \xff\n",
       "/c/vestitel.yaml: found bytes that are not text; allowed: UTF-8\n"},
      {"a link that is not https", "vestitel.yaml", "link: http://a\n",
       "/c/vestitel.yaml:1:7: link: found \"http://a\"; allowed: an https address without spaces, at most 200 "
       "characters\n"},
      {"a template for a channel that is none", "templates/bg/default.fax.mustache", "Subject: a\n\nb\n",
       "/c/templates/bg/default.fax.mustache: found a second part of the name that is no channel; allowed: "
       "NAME.mustache or NAME.CHANNEL.mustache with email, sms, push, webhook or file\n"},
  }));
  CAPTURE(c.name);
  CHECK(findings_with(c.file, c.text) == c.finding);
}

TEST_CASE("prices and budgets become rules of what may be spent", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/vestitel.yaml"] = {"budget_per_day:\n  sms: 500 EUR\n  email: 20000\n"};
  const auto with = [&](const std::string& more) {
    env.files["/c/plugins.d/sms.yaml"] = {"id: sms\nplugin: p\nsink:\n  channel: [push, sms]\n" + more};
    return load_config("/c", env);
  };
  const auto good = with("  price: 0.045 EUR\n");
  REQUIRE(to_text(good.errors) == "");
  const SpendingRules rules = good.config.spending();
  CHECK(rules.budget(Channel::kSms) == Budget{500'000'000, "EUR"});
  CHECK(rules.budget(Channel::kEmail) == Budget{20'000, ""});
  CHECK_FALSE(rules.budget(Channel::kPush));
  CHECK(rules.price("sms") == Money{45'000, "EUR"});
  CHECK(rules.price("mail") == Money{});
  CHECK(to_text(with("  price: 0.09 BGN\n").errors) ==
        "/c/plugins.d/sms.yaml:5:10: sink.price: found \"0.09 BGN\"; allowed: an amount in EUR, in which "
        "budget_per_day.sms counts; \"0 EUR\" where it costs nothing\n");
  CHECK(with("  price: 9\n").errors.size() == 1);  // one fault, one finding
  CHECK(to_text(with("enabled: false\n").errors) == "");
}

TEST_CASE("a budget in money lets one message a day leave through each sink at least", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/vestitel.yaml"] = {"budget_per_day: {sms: 0.50 EUR, push: 20}\n"};
  const auto findings = [&](const std::string& price, const std::string& more = "") {
    env.files["/c/plugins.d/sms.yaml"] = {"id: sms\nplugin: p\nsink:\n  channel: [push, sms]\n  price: " + price +
                                          "\n" + more};
    return to_text(load_config("/c", env).errors);
  };
  CHECK(findings("0.45 EUR") == "");  // all but the tenth
  CHECK(findings("0 EUR") == "");
  for (const char* price : {"0.450001 EUR", "0.50 EUR", "9 EUR"})
    CHECK(findings(price) == "/c/plugins.d/sms.yaml:5:10: sink.price: found \"" + to_text(*parse_money(price)) +
                                 "\"; allowed: at most 0.45 EUR, so that one message may leave: budget_per_day.sms is "
                                 "0.50 EUR, and a tenth of it is kept for urgent messages\n");
  CHECK(findings("9 EUR", "enabled: false\n") == "");
}

TEST_CASE("a plugin is named, or chosen from a library of several; never by a path", "[config]") {
  struct Case {
    const char* plugin;
    bool good;
  };
  const auto c = GENERATE(values<Case>({{"smtp", true},
                                        {"acme:org.acme.sms", true},
                                        {"/opt/acme/sms.so", false},
                                        {"../sms", false},
                                        {"sms.so", false},
                                        {"bg.acme.lab", true},
                                        {"acme..lab", false},
                                        {".acme", false},
                                        {"acme:", false},
                                        {":id", false},
                                        {"SMS", false}}));
  CAPTURE(c.plugin);
  const auto findings = findings_with("plugins.d/mail.yaml", std::string("id: mail\nplugin: ") + c.plugin + "\n");
  CHECK((findings == "") == c.good);
}

TEST_CASE("all findings are told at once", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/vestitel.yaml"] = {"a: 1\nlog: {form: 1, level: 2}\n"};
  env.files["/c/plugins.d/mail.yaml"] = {"id: 1_\nplugin: A B\nsink: {channel: x, rate: fast, batch: 0}\n"};
  CHECK(load_config("/c", env).errors.size() == 8);
}

TEST_CASE("nesting deeper than 32 is refused, however deep", "[config]") {
  std::string nested;
  for (std::size_t i = 0; i < 40; ++i) nested += std::string(i, ' ') + "a:\n";
  CHECK(findings_with("vestitel.yaml", nested).find("deeper than 32") != std::string::npos);
  CHECK(findings_with("vestitel.yaml", "store: " + std::string(100'000, '[')) != "");
  CHECK(findings_with("vestitel.yaml", "store: " + std::string(100'000, '[') + std::string(100'000, ']')) != "");
}

TEST_CASE("references are resolved after parsing, so a value cannot change the structure", "[config]") {
  FakeEnvironment env = good_environment();
  env.variables["HOST"] = "h\nplugin: other";
  env.variables["CREDENTIALS_DIRECTORY"] = "/cred";
  env.files["/cred/pw"] = {"s3cret\n", {0400, 0, true}};
  env.files["/secret"] = {"12345\n", {0600, 1000, true}};
  env.files["/c/plugins.d/mail.yaml"] = {
      "id: mail\nplugin: p\nsettings:\n  host: ${env:HOST}\n  password: \"x-${credential:pw}\"\n  port: "
      "${file:/secret}\n"
      "  path: ${store}/out\n  literal: $${env:HOST}\nsink: {channel: email}\n"};
  const auto outcome = load_config("/c", env);
  REQUIRE(to_text(outcome.errors) == "");
  const Instance& mail = *outcome.config.find("mail");
  CHECK(mail.plugin == "p");
  CHECK(
      mail.settings.reveal() ==
      R"({"host":"h\nplugin: other","password":"x-s3cret","port":"12345","path":"/state/out","literal":"${env:HOST}"})");
  CHECK(mail.referenced == std::vector<std::string>{"/host", "/password", "/port"});
}

TEST_CASE("a reference that cannot be resolved is an error that names it", "[config]") {
  struct Case {
    const char *name, *reference, *found;
  };
  const auto c = GENERATE(values<Case>({
      {"a variable that is not set", "${env:NONE}", "${env:NONE}, which is not set"},
      {"an empty variable", "${env:EMPTY}", "${env:EMPTY}, which is not set"},
      {"a file that is not there", "${file:/none}", "${file:/none}: No such file or directory"},
      {"a relative file", "${file:none}", "${file:none}, which is not an absolute path"},
      {"a file open to everybody", "${file:/open}", "${file:/open}: mode 0644 opens it to everybody"},
      {"a file of somebody else", "${file:/foreign}",
       "${file:/foreign}: belongs to user vestitel, and you are 1000; run the command as that user: sudo -u vestitel "
       "vestitel ..."},
      {"no regular file", "${file:/device}", "${file:/device}: not a regular file"},
      {"an empty file", "${file:/empty}", "${file:/empty}, which is empty"},
      {"a credential without systemd", "${credential:pw}", "${credential:pw}, but no CREDENTIALS_DIRECTORY is set"},
      {"a credential outside its folder", "${credential:../pw}", "a credential name that is not a plain word"},
      {"an unknown kind", "${vault:x}", "a reference ${vault...} of no known kind"},
      {"no end", "${env:A", "a reference without its }"},
  }));
  CAPTURE(c.name);
  FakeEnvironment env = good_environment();
  env.variables["EMPTY"] = "";
  env.files["/open"] = {"topsecret", {0644, 1000, true}};
  env.files["/foreign"] = {"topsecret", {0600, 7, true}};
  env.files["/device"] = {"topsecret", {0600, 1000, false}};
  env.files["/empty"] = {"\n", {0600, 1000, true}};
  env.files["/c/plugins.d/mail.yaml"] = {"id: mail\nplugin: p\nsettings:\n  a: \"" + std::string(c.reference) +
                                         "\"\nsink: {channel: email}\n"};
  const auto outcome = load_config("/c", env);
  REQUIRE(outcome.errors.size() == 1);
  CHECK(outcome.errors[0].key == "settings.a");
  CHECK(outcome.errors[0].found == c.found);
  CHECK(outcome.errors[0].place.line == 4);
  CHECK(outcome.errors[0].text().find("topsecret") == std::string::npos);
}

TEST_CASE("a master key that others can reach is refused; a missing one is left to the host", "[config]") {
  struct Case {
    std::uint32_t mode, owner;
    bool regular;
    std::size_t errors;
  };
  const auto c = GENERATE(values<Case>({{0400, 1000, true, 0},
                                        {0600, 1000, true, 0},
                                        {0400, 0, true, 0},
                                        {0440, 1000, true, 1},
                                        {0604, 1000, true, 1},
                                        {0700, 1000, true, 1},
                                        {0400, 7, true, 1},
                                        {0600, 1000, false, 1}}));
  CAPTURE(c.mode, c.owner, c.regular);
  FakeEnvironment env = good_environment();
  env.files["/c/vestitel.yaml"] = {"store: /state\nkeys: /k\n"};
  env.files["/k"] = {std::string(32, 'k'), {c.mode, c.owner, c.regular}};
  const auto outcome = load_config("/c", env);
  CHECK(outcome.errors.size() == c.errors);
  CHECK(outcome.config.keys_exist);
}

TEST_CASE("a master key of another user is told with whose it is and how to go on", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/vestitel.yaml"] = {"store: /state\nkeys: /k\n"};
  env.files["/k"] = {"k", {0400, 7, true}};
  CHECK(load_config("/c", env).errors.at(0).found ==
        "/k: belongs to user vestitel, and you are 1000; run the command as that user: sudo -u vestitel vestitel ...");
}

TEST_CASE("an inbox has an address, a certificate and a key that is the hub's alone", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/inbox.key"] = {"k", {0600, 1000, true}};
  const auto with = [&](const std::string& keys) {
    env.files["/c/vestitel.yaml"] = {"store: /state\ninbox: {" + keys + "}\n"};
    return load_config("/c", env);
  };
  const std::string files = ", certificate: inbox.pem, key: inbox.key";
  const auto good = with("listen: \"[::]:8443\", max_size: 1MiB" + files);
  REQUIRE(to_text(good.errors) == "");
  CHECK(good.config.inbox.host == "::");
  CHECK(good.config.inbox.port == 8443);
  CHECK(good.config.inbox.certificate == "/c/inbox.pem");
  CHECK(good.config.inbox.max_size == 1U << 20U);
  CHECK(with("listen: \"127.0.0.1:1\"" + files).config.inbox.host == "127.0.0.1");
  CHECK(with("certificate: inbox.pem").ok());  // without an address there is none, and nothing is missing
  const auto key_of = [&](const std::string& keys) { return with(keys).errors.at(0).key; };
  for (const char* wrong :
       {"localhost:8443", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:8443", "[127.0.0.1]:80"})
    CHECK(key_of("listen: \"" + std::string(wrong) + "\"" + files) == "inbox.listen");
  CHECK(key_of("listen: \"[::]:8443\", key: inbox.key") == "inbox.certificate");
  CHECK(key_of("listen: \"[::]:8443\", certificate: inbox.pem") == "inbox.key");
  env.files["/c/inbox.key"].facts.mode = 0640;
  CHECK(with("listen: \"[::]:8443\"" + files).errors.at(0).found == "/c/inbox.key: mode 0640");
}

TEST_CASE("where the state lies is systemd's word when the file is silent", "[config]") {
  FakeEnvironment env = good_environment();
  env.files["/c/vestitel.yaml"] = {""};
  CHECK(load_config("/c", env).config.store == "/var/lib/vestitel");
  env.variables["STATE_DIRECTORY"] = "/run/a:/run/b";
  env.variables["CREDENTIALS_DIRECTORY"] = "/cred";
  env.files["/cred/master.key"] = {"k", {0400, 0, true}};
  const auto config = load_config("/c", env).config;
  CHECK(config.store == "/run/a");
  CHECK(config.keys == "/cred/master.key");
}

TEST_CASE("a folder without a configuration is an error, not an empty hub", "[config]") {
  const FakeEnvironment env;
  const auto outcome = load_config("/c", env);
  CHECK(outcome.errors.size() == 3);  // vestitel.yaml and two folders of templates
  CHECK(outcome.errors.at(0).place.file == "/c/vestitel.yaml");
}

}  // namespace vestitel::test
