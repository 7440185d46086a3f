// The services beyond those of a plugin's kind, in both homes.
#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "core/plugin/outside/lend.hpp"
#include "core/plugin/services/metrics.hpp"
#include "tests/plugin/rig.hpp"
#include "tests/support/http_peer.hpp"

namespace vestitel::test {
namespace {

class KeptInMemory final : public KvStore {
 public:
  Result<std::optional<KvEntry>> get(std::string_view, std::string_view key) override {
    const auto found = kept.find(key);
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::vector<KvListed>> list(std::string_view, std::string_view prefix, std::string_view after,
                                     std::size_t max) override {
    std::vector<KvListed> out;
    for (const auto& [key, entry] : kept)
      if (key.starts_with(prefix) && key > after && out.size() < max) out.push_back({key, entry.revision});
    return out;
  }
  Result<std::uint64_t> put(std::string_view, std::string_view key, std::string_view value,
                            std::optional<std::uint64_t> expected, std::uint64_t quota) override {
    if (expected && *expected != revision_of(key)) return {Failure::kConflict, "another revision"};
    if (key.size() + value.size() > quota) return {Failure::kDenied, "beyond the quota of " + std::to_string(quota)};
    kept[std::string(key)] = {std::string(value), ++last};
    return last;
  }
  Result<bool> remove(std::string_view, std::string_view key, std::optional<std::uint64_t>) override {
    return kept.erase(std::string(key)) > 0;
  }
  std::uint64_t revision_of(std::string_view key) const {
    const auto found = kept.find(key);
    return found == kept.end() ? 0 : found->second.revision;
  }
  std::map<std::string, KvEntry, std::less<>> kept;
  std::uint64_t last = 0;
};

class TwoSubjects final : public SubjectSource {
 public:
  Result<std::vector<Subject>> subscribed_after(std::int64_t person, std::size_t max) override {
    std::vector<Subject> out;
    for (std::int64_t p = person + 1; p <= 3 && out.size() < max; ++p)
      out.push_back({p, {IdentifierType::kEgn, PersonalText("1823450000")}});
    return out;
  }
};

class Receipts final : public ReceiptTaker {
 public:
  Result<> take_receipt(std::string_view sink, std::string_view id, const Verdict& verdict) override {
    taken.push_back(std::string(sink) + " " + std::string(id) + " " + std::string(to_text(verdict.kind)) + " " +
                    (verdict.since ? to_text(*verdict.since) : ""));
    return Done{};
  }
  std::vector<std::string> taken;
};

class Reasons final : public SettleReceiver {
 public:
  void begin(std::size_t index) override { begun.push_back(index); }
  void settle(std::size_t index, const Verdict& v) override {
    said[index] = v.provider_id.empty() ? v.reason : v.provider_id;
    kinds[index] = v.kind;
  }
  std::map<std::size_t, std::string> said;
  std::map<std::size_t, VerdictKind> kinds;
  std::vector<std::size_t> begun;
};

struct Asking {
  explicit Asking(const std::string& kind, const Capabilities& granted,
                  std::chrono::milliseconds progress = std::chrono::seconds(5)) {
    HostContext context;
    context.instance = "under-test";
    context.clock = &clock;
    context.settings = R"({"relay":{"host":"mail.example.bg"},"count":3})";
    context.lent.kv = &kept;
    context.lent.metrics = &metrics;
    context.lent.subjects = &people;
    context.lent.receipts = &receipts;
    auto created =
        create_under_test("org.test.asking-" + kind, lent(std::move(context), granted), "asking-" + kind, progress);
    INFO((created ? std::string() : created.error().message));
    REQUIRE(created.ok());
    instance = std::move(*created);
    REQUIRE(instance->configure("{}").ok());
    REQUIRE(instance->start().ok());
  }
  Reasons deliver(const std::vector<std::string>& titles) {
    std::vector<Message> messages;
    for (const std::string& title : titles) {
      Message& m = messages.emplace_back();
      m.outbox_id = static_cast<std::int64_t>(messages.size());
      m.title = title;
      m.to = PersonalText("someone@example.bg");
      m.body = "body " + std::to_string(messages.size());
      m.idem_key = "key-" + std::to_string(messages.size());
    }
    Reasons out;
    (void)instance->sink()->deliver(messages, out).ok();
    return out;
  }
  std::string ask(const std::string& title) { return deliver({title}).said[0]; }

  SystemClock clock;
  KeptInMemory kept;
  PluginMetrics metrics;
  TwoSubjects people;
  Receipts receipts;
  std::unique_ptr<PluginInstance> instance;
};

Capabilities asks(std::vector<std::string> services, std::vector<std::string> network = {}, std::uint64_t kv = 0) {
  Capabilities out;
  out.services = std::move(services);
  out.network = std::move(network);
  out.kv_bytes = kv;
  return out;
}
Capabilities http_to(const HttpPeer& peer) {
  return asks({"vestitel.http/1"}, {"http://127.0.0.1:" + std::to_string(peer.port())});
}

// What a feed commits.
class Unit final : public Notes {
 public:
  Result<> change(KvChange change) override {
    lines.push_back((change.value ? "put " + change.key + " " + *change.value : "removed " + change.key));
    return Done{};
  }
  void put_off(std::chrono::milliseconds after) override {
    lines.push_back("put off " + std::to_string(after.count()));
  }
};

}  // namespace

TEST_CASE("a service that was not granted is not there", "[plugin][services]") {
  CHECK(Asking("sink", {}).ask("granted") == "config clock metric receipt");
  CHECK(
      Asking("sink", asks({"vestitel.http/1", "vestitel.connect/1", "vestitel.subjects/1"}, {}, 1000)).ask("granted") ==
      "config clock kv metric connect http receipt");  // subjects are for feeds
  CHECK(Asking("sink", {}).ask("get a") == "error -9 service vestitel.kv/1 is not granted");
}

TEST_CASE("settings are read by pointer", "[plugin][services]") {
  Asking rig("sink", {});
  CHECK(rig.ask("config /relay/host") == R"("mail.example.bg")");
  CHECK(rig.ask("config /count") == "3");
  CHECK(rig.ask("config /relay/port") == "nothing");
  CHECK(rig.ask("config relay").starts_with("error -1 "));
}

TEST_CASE("a sleep ends in time, or when the instance is cancelled", "[plugin][services]") {
  Asking rig("sink", {});
  CHECK(rig.ask("sleep 1000") == "slept");
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    rig.instance->cancel();
  });
  CHECK(rig.ask("sleep 30000000") == "cancelled");
  canceller.join();
}

TEST_CASE("what a sink keeps is there at once, within its quota", "[plugin][services]") {
  Asking rig("sink", asks({}, {}, 100));
  CHECK(rig.ask("get a") == "nothing");
  CHECK(rig.ask("put a one two") == "put");
  CHECK(rig.ask("get a") == "one two at 1");
  CHECK(rig.ask("cas a 7 three") == "changed");
  CHECK(rig.ask("cas a 1 three") == "put at 2");
  CHECK(rig.ask("cas b 0 four") == "put at 3");
  CHECK(rig.ask("list ") == "a b");
  CHECK(rig.ask("list b") == "b");
  CHECK(rig.ask("remove a") == "removed");
  CHECK(rig.ask("remove a") == "nothing");
  CHECK(rig.ask("fill c 101").starts_with("error -9 beyond the quota of 100"));
  CHECK(rig.ask("fill c 65537").starts_with("error -1 a value has at most 64 KiB"));
  CHECK(rig.ask("put " + std::string(257, 'k') + " x").starts_with("error -1 a key has 1 to 256 bytes"));
}

TEST_CASE("more keys than one page holds are listed", "[plugin][services]") {
  Asking rig("sink", asks({}, {}, 1 << 20));
  for (int i = 0; i < 2345; ++i) rig.kept.kept["k" + std::to_string(i)] = {"", 1};
  rig.kept.kept["other"] = {"", 1};
  const auto listed = rig.deliver({"list k", "list other"});
  CHECK(listed.said.at(0).size() > 200);
  CHECK(listed.said.at(1) == "other");
}

TEST_CASE("figures reach the operator", "[plugin][services]") {
  Asking rig("sink", {});
  rig.ask("granted");
  rig.ask("granted");
  CHECK(rig.metrics.text().find("vestitel_plugin_asked{instance=\"under-test\",kind=\"all\"} 2\n") !=
        std::string::npos);
}

TEST_CASE("a receipt reaches the hub", "[plugin][services]") {
  Asking rig("sink", {});
  CHECK(rig.ask("receipt id-1") == "reported");
  CHECK(rig.receipts.taken == std::vector<std::string>{"under-test id-1 contact_dead 1970-01-01T00:00:05.000000Z"});
  CHECK(rig.ask("receipt ").starts_with("error -1 "));
}

TEST_CASE("a provider's call and a poll reach the sink, and what they say the hub", "[plugin][services]") {
  Asking rig("sink", {});
  Sink& sink = *rig.instance->sink();
  CHECK(sink.limits().hears_callbacks);
  CHECK(sink.limits().polls_receipts);
  const std::string body("\0id", 3);
  CHECK(sink.hear({":method: POST\n:query: \n", body}).ok());
  CHECK(sink.hear({":method: POST\n:query: forged\n", ""}).error().failure == Failure::kConfig);
  CHECK(sink.hear({":method: POST\n:query: odd\n", ""}).error().failure == Failure::kInvalid);
  const auto first = sink.poll_receipts(7), second = sink.poll_receipts(8);
  CHECK(first.value());
  CHECK_FALSE(second.value());
  CHECK(rig.receipts.taken == std::vector<std::string>{"under-test POST" + body + " delivered ",
                                                       "under-test polled-7 permanent ",
                                                       "under-test polled-8 permanent "});
  REQUIRE(rig.instance->stop(rig.clock.now() + std::chrono::seconds(2)).ok());
  CHECK(sink.hear({":method: POST\n", ""}).error().failure == Failure::kConflict);
}

TEST_CASE("a sink answers what it is asked about, each message once, and what it leaves out is unknown",
          "[plugin][services]") {
  Asking rig("sink", {});
  Sink& sink = *rig.instance->sink();
  CHECK(sink.limits().max_ask == 100);  // as many as it takes of messages
  const auto doubt = [](const char* key) {
    Doubt one;
    one.outbox_id = 7;
    one.idem_key = key;
    one.provider_id = "p-3";
    one.channel = Channel::kSms;
    one.sent = from_micros(11);
    one.expires = from_micros(12);
    one.asked = 5;
    return one;
  };
  std::vector<Doubt> doubts;
  for (const char* key : {"there", "absent", "nothing", "twice", "beyond"}) doubts.push_back(doubt(key));
  const auto answers = sink.ask(doubts);
  REQUIRE(answers.ok());
  std::vector<std::string> said;
  for (const Verdict& one : *answers)
    said.push_back(std::string(to_text(one.kind)) + " " + one.provider_id + one.reason);
  CHECK(said == std::vector<std::string>{"accepted p-17", "retry 7 p-3 2 11 12 5",
                                         "unknown the sink was asked and did not answer", "delivered ",
                                         "unknown the sink was asked and did not answer"});
  doubts.push_back(doubt("fails"));
  CHECK(sink.ask(doubts).error().failure == Failure::kBusy);
  REQUIRE(rig.instance->stop(rig.clock.now() + std::chrono::seconds(2)).ok());
  CHECK(sink.ask(doubts).error().failure == Failure::kConflict);
}

#ifdef TEST_CHILD_HOME
TEST_CASE("a sink that dies on a question takes nothing with it", "[plugin][services]") {
  Asking rig("sink", {});
  Sink& sink = *rig.instance->sink();
  Doubt one;
  one.idem_key = "dies";
  CHECK(sink.ask({&one, 1}).error().failure == Failure::kCrashed);
  CHECK(sink.ask({&one, 1}).error().failure == Failure::kBusy);  // it is left alone for a while
}
#endif

TEST_CASE("a stream goes to a granted host alone", "[plugin][services]") {
  HttpPeer peer([](const std::string&, int) { return HttpPeer::answer(204, ""); });
  const std::string port = std::to_string(peer.port());
  Asking rig("sink", asks({"vestitel.connect/1"}, {"127.0.0.1:" + port}));
  CHECK(rig.ask("connect 127.0.0.1 " + port) == "HTTP/1.1 204 Word");
  CHECK(rig.ask("connect 127.0.0.1 1").starts_with("error -9 connecting to 127.0.0.1:1: not granted"));
  CHECK(rig.ask("connect localhost " + port).starts_with("error -9 "));
  CHECK(peer.connections() == 1);
}

TEST_CASE("answers come for every request of a batch, and each was begun before it left", "[plugin][services]") {
  HttpPeer peer([](const std::string& request, int) {
    return HttpPeer::answer(request.find("body 3") != std::string::npos ? 500 : 200,
                            "took " + request.substr(request.size() - 6), "X-Mark: m\r\n");
  });
  Asking rig("sink", http_to(peer));
  const auto out = rig.deliver(std::vector<std::string>(5, "http " + peer.url("/send")));
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(out.said.at(i) == "rc=0 sent=1 status=" + std::string(i == 2 ? "500" : "200") + " body=took body " +
                                std::to_string(i + 1) + " mark=m");
  CHECK(out.begun.size() == 5);
  const auto request = peer.requests().front();
  CHECK(request.starts_with("POST /send HTTP/1.1\r\n"));
  CHECK(request.find("content-type: text/plain\r\n") != std::string::npos);
  CHECK(request.find("x-key: key-") != std::string::npos);
  CHECK(request.find("Expect") == std::string::npos);
}

TEST_CASE("connections are kept from one call to the next", "[plugin][services]") {
  HttpPeer peer([](const std::string&, int) { return HttpPeer::answer(200, "x"); });
  Asking rig("sink", http_to(peer));
  for (int i = 0; i < 5; ++i) REQUIRE(rig.ask("http " + peer.url()) == "rc=0 sent=1 status=200 body=x");
  CHECK(peer.connections() == 1);
}

TEST_CASE("what an answer that never came means is told apart", "[plugin][services]") {
  struct Case {
    const char* what;
    std::string options;
    HttpPeer::Script script;
    std::string said;
    int asked;
  };
  const auto stalls = [](const std::string&, int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return std::string();
  };
  const std::vector<Case> cases{
      {"closed without a word", "", [](const std::string&, int) { return std::string(); }, "rc=-4 sent=1 status=0", 1},
      {"late", " impatient", stalls, "rc=-4 sent=1 status=0", 1},
      {"cut in the middle", "",
       [](const std::string&, int n) {
         return n == 0 ? std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc") : "";
       },
       "rc=-4 sent=1 status=200", 1},
      {"longer than asked for", " small", [](const std::string&, int) { return HttpPeer::answer(200, "123456789"); },
       "rc=-3 sent=1 status=200", 1},
      {"garbage", "", [](const std::string&, int) { return std::string("SSH-2.0-none\r\n\r\n"); },
       "rc=-4 sent=1 status=0", 1},
      {"a redirect is an answer", "",
       [](const std::string&, int) { return HttpPeer::answer(302, "", "Location: /other\r\n"); },
       "rc=0 sent=1 status=302", 1},
      {"asks to wait", "", [](const std::string&, int) { return HttpPeer::answer(429, "", "Retry-After: 17\r\n"); },
       "rc=0 sent=1 status=429 body= after=17000", 1},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    HttpPeer peer(c.script);
    Asking rig("sink", http_to(peer));
    const auto out = rig.deliver({"http " + peer.url() + c.options});
    CHECK_THAT(out.said.at(0), Catch::StartsWith(c.said));
    CHECK(out.begun.size() == 1);
    CHECK(peer.asked() == c.asked);
  }
}

TEST_CASE("nothing left: the connection was refused", "[plugin][services]") {
  int port = 0;
  {
    HttpPeer peer([](const std::string&, int) { return std::string(); });
    port = peer.port();
  }
  const std::string where = "http://127.0.0.1:" + std::to_string(port);
  Asking rig("sink", asks({"vestitel.http/1"}, {where}));
  const auto out = rig.deliver({"http " + where + "/"});
  CHECK_THAT(out.said.at(0), Catch::StartsWith("rc=-4 sent=0 status=0"));
  CHECK(out.begun.empty());
}

// The peer closes a kept connection when the next request comes: whether it acted nobody knows.
TEST_CASE("a request on a connection that died is not sent again unless it may be", "[plugin][services]") {
  const bool repeatable = GENERATE(false, true);
  HttpPeer peer([](const std::string&, int n) { return n == 1 ? std::string() : HttpPeer::answer(200, "x"); });
  Asking rig("sink", http_to(peer));
  REQUIRE(rig.ask("http " + peer.url()) == "rc=0 sent=1 status=200 body=x");
  const auto second = rig.deliver({"http " + peer.url() + (repeatable ? " repeatable" : "")});
  CHECK_THAT(second.said.at(0), Catch::StartsWith(repeatable ? "rc=0 sent=1 status=200" : "rc=-4 sent=1 status=0"));
  CHECK(second.begun.size() == 1);
  CHECK(peer.asked() == (repeatable ? 3 : 2));
}

TEST_CASE("what is no request, or goes elsewhere, never leaves", "[plugin][services]") {
  HttpPeer peer([](const std::string&, int) { return HttpPeer::answer(200, "x"); });
  const std::string port = std::to_string(peer.port());
  Asking rig("sink", asks({"vestitel.http/1"}, {"http://127.0.0.1:" + port, "tls.example.bg:80"}));
  const std::vector<std::pair<std::string, std::string>> cases{
      {peer.url() + " split", "rc=-1 sent=0"},
      {peer.url() + " host", "rc=-1 sent=0"},
      {peer.url() + " connect", "rc=-1 sent=0"},
      {"http://127.0.0.1:1/", "rc=-9 sent=0"},
      {"http://tls.example.bg/", "rc=-9 sent=0"},  // granted with TLS alone
      {"http://user:pass@127.0.0.1:" + port + "/", "rc=-1 sent=0"},
      {"ftp://127.0.0.1:" + port + "/", "rc=-1 sent=0"},
      {"file:///etc/hostname", "rc=-1 sent=0"},
      {"nonsense", "rc=-1 sent=0"},
  };
  for (const auto& [url, said] : cases) {
    INFO(url);
    const auto out = rig.deliver({"http " + url});
    CHECK_THAT(out.said.at(0), Catch::StartsWith(said));
    CHECK(out.begun.empty());
  }
  CHECK(peer.connections() == 0);
}

// Its message has been put off meanwhile: sent now, it would go out twice.
TEST_CASE("a request whose call is over does not leave", "[plugin][services]") {
  HttpPeer peer([](const std::string&, int) { return HttpPeer::answer(200, "x"); });
  Asking rig("sink", http_to(peer));
  REQUIRE(rig.ask("http " + peer.url()) == "rc=0 sent=1 status=200 body=x");
  CHECK_THAT(rig.instance->check().error().message,
             Catch::Contains("rc=-7 sent=0 the call that it belongs to is over"));
  CHECK(peer.asked() == 1);
}

TEST_CASE("cancelling ends a request that waits", "[plugin][services]") {
  HttpPeer peer([](const std::string&, int) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return std::string();
  });
  Asking rig("sink", http_to(peer));
  std::thread canceller([&] {
    while (peer.asked() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    rig.instance->cancel();
  });
  const auto out = rig.deliver({"http " + peer.url()});
  canceller.join();
  CHECK_THAT(out.said.at(0), Catch::StartsWith("rc=-7 sent=1"));
}

TEST_CASE("what a feed keeps is a part of what it commits", "[plugin][services]") {
  Asking rig("feed", asks({}, {}, 1000));
  rig.kept.kept = {{"a", {"old", 5}}, {"gone", {"x", 6}}, {"z", {"y", 7}}};
  Unit unit;
  REQUIRE(rig.instance->feed()->poll("put", 100, unit).ok());
  CHECK(unit.lines == std::vector<std::string>{"put a second", "removed gone", "commit a z raced swapped second"});
  CHECK(rig.kept.kept.at("a").value == "old");  // the receiver has not stored it
  Unit dropped;
  CHECK_FALSE(rig.instance->feed()->poll("put and throw", 100, dropped).ok());
  CHECK(dropped.lines == std::vector<std::string>{"put off 0"});  // neither put nor committed
  Unit again;
  REQUIRE(rig.instance->feed()->poll("put", 100, again).ok());
  CHECK(again.lines == unit.lines);
}

TEST_CASE("a feed asks whom it may ask about, and says how long it wants to be left alone", "[plugin][services]") {
  Asking rig("feed", asks({"vestitel.subjects/1"}));
  Unit unit;
  REQUIRE(rig.instance->feed()->poll("subjects", 100, unit).ok());
  CHECK(unit.lines == std::vector<std::string>{"commit 1:1:10 2:1:10 more"});
  Unit later;
  CHECK(rig.instance->feed()->poll("fails", 100, later).error().failure == Failure::kBusy);
  CHECK(later.lines == std::vector<std::string>{"put off 7000"});
}

// While the hub works for the plugin its silence means nothing.
TEST_CASE("a plugin that waits for the hub is not taken for dead", "[plugin][services]") {
  HttpPeer peer([](const std::string&, int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return HttpPeer::answer(200, "late");
  });
  Asking rig("feed", http_to(peer), std::chrono::milliseconds(300));
  Unit unit;
  REQUIRE(rig.instance->feed()->poll("http " + peer.url(), 100, unit).ok());
  CHECK(unit.lines == std::vector<std::string>{"commit status 200 late"});
}

}  // namespace vestitel::test
