// Sinks, feeds and the life of an instance, seen through the C ABI by the fake host.
#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <thread>
#include <vestitel/plugin.hpp>
#include <vestitel/testing/fake_host.hpp>

using namespace vestitel;
using vestitel::testing::FakeHost;
using Verdicts = std::vector<std::string>;

namespace {

std::function<Verdict(const Message&)> answer;

constexpr Field kFields[] = {field::integer("port", "Port.").required().range(1, 9), field::secret("token", "Key.")};

struct OneByOne {
  static constexpr Traits kTraits =
      Traits().idempotent().needs_net().max_batch(7).max_send(std::chrono::minutes(10)).vendor("V", "MIT", "u");
  OneByOne(const Settings& settings, const Host& h) : port(settings.integer("port")), host(h) {}
  Verdict deliver(const Message& message) { return answer(message); }
  void check() {
    if (host.secret("token").empty()) throw Error::auth("no token");
    host.log(VESTITEL_LOG_INFO, "checked", {{"port", std::to_string(port)}});
  }
  std::int64_t port;
  const Host& host;
};

struct InBatches {
  void deliver(const MessageBatch& batch, Delivery& delivery) {
    for (std::uint32_t i = batch.size(); i-- > 0;) {
      delivery.begin(i);
      if (batch[i].to != "lost") delivery.settle(i, Verdict::accepted(std::string(batch[i].idem_key)));
    }
  }
};

// Hears of messages both ways.
struct Listener {
  Verdict deliver(const Message&) { return Verdict::accepted("a"); }
  void on_callback(const Callback& callback, Receipts& receipts) {
    if (callback.body() == "forged") throw Error::auth("its signature does not match");
    seen = std::string(callback.method()) + "|" + std::string(callback.query()) + "|" +
           std::string(callback.header("content-type")) + "|" + std::string(callback.header("x-absent"));
    receipts.report(callback.body(), Verdict::delivered());
  }
  Polled poll_receipts(std::uint32_t max, Receipts& receipts) {
    for (std::uint32_t i = 0; i < max && !waiting.empty(); ++i) {
      receipts.report(waiting.back(), Verdict::contact_dead("bounced", 5));
      waiting.pop_back();
    }
    return waiting.empty() ? Polled::end : Polled::more;
  }
  static inline std::string seen;
  static inline std::vector<std::string> waiting;
};

// Knows of the messages that it is asked about.
struct Asked {
  void deliver(const MessageBatch&, Delivery&) {}
  void ask(const Doubts& doubts, Answers& answers) {
    for (std::uint32_t i = doubts.size(); i-- > 0;) {
      if (doubts[i].idem_key == "there") answers.settle(i, Verdict::accepted(std::string(doubts[i].provider_id)));
      if (doubts[i].idem_key == "late")
        answers.settle(i, Verdict::retry(std::to_string(answers.now_us() - doubts[i].sent_us)));
    }
  }
};

struct Counter {
  Polled poll(std::string_view cursor, std::uint32_t max_events, Emit& out) {
    int n = cursor.empty() ? 0 : std::stoi(std::string(cursor));
    for (std::uint32_t i = 0; i < max_events && n < 5; ++i, ++n) {
      out.event("t").key("s", std::to_string(n)).egn("1").at(1);
    }
    out.commit(std::to_string(n));
    return n < 5 ? Polled::more : Polled::end;
  }
};

template <class P, template <class> class A>
struct Spec {
  using Plugin = P;
  template <class S>
  using Ability = A<S>;
  static constexpr const char *kId = "org.test.plugin", *kName = "Name", *kVersion = "1.2.3";
  static Fields fields() {
    if constexpr (std::is_same_v<P, OneByOne>) return vestitel::fields(kFields);
    return {};
  }
};
const vestitel_entry kOne = detail::entry<Spec<OneByOne, detail::Sink>>();
const vestitel_entry kBatch = detail::entry<Spec<InBatches, detail::Sink>>();
const vestitel_entry kListener = detail::entry<Spec<Listener, detail::Sink>>();
const vestitel_entry kAsked = detail::entry<Spec<Asked, detail::Sink>>();
const vestitel_entry kFeed = detail::entry<Spec<Counter, detail::Feed>>();

}  // namespace

TEST_CASE("each verdict crosses with what it carries and nothing else", "[sink]") {
  struct Case {
    Verdict verdict;
    std::string seen;
  };
  const std::string cyrillic(300, 'x');
  const auto c = GENERATE_COPY(values<Case>({
      {Verdict::accepted("p-17"), "accepted(p-17)"},
      {Verdict::accepted(std::string(257, 'i')), "accepted(): the provider's id is longer than 256 bytes"},
      {Verdict::delivered(), "delivered"},
      {Verdict::retry("busy"), "retry(message,0): busy"},
      {Verdict::retry("greylisted", Scope::recipient, std::chrono::seconds(90)), "retry(recipient,90000): greylisted"},
      {Verdict::retry("no line", Scope::link, std::chrono::seconds(-1)), "retry(link,0): no line"},
      {Verdict::retry("quota", Scope::sink), "retry(sink,0): quota"},
      {Verdict::permanent("too long"), "permanent: too long"},
      {Verdict::contact_dead("unregistered", 77), "contact_dead(77): unregistered"},
      {Verdict::config_error("key refused"), "config_error: key refused"},
      {Verdict::unknown("no answer"), "unknown: no answer"},
      {Verdict::permanent(std::string(255, 'x') + "я"), "permanent: " + std::string(255, 'x')},
  }));
  answer = [&](const Message&) { return c.verdict; };
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  const auto answers = host.deliver({{"a@b"}});
  CHECK(answers.verdicts == Verdicts{c.seen});
  CHECK(answers.breaches.empty());
}

TEST_CASE("a sink sees the whole message", "[sink]") {
  std::string seen;
  answer = [&](const Message& m) {
    seen = std::string(m.to) + "|" + std::string(m.id) + "|" + std::string(m.title) + "|" + std::string(m.body) + "|" +
           std::string(m.body_html) + "|" + std::string(m.idem_key) + "|" + std::string(m.locale);
    return Verdict::delivered();
  };
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  host.deliver({{"a@b", "m1", "Заглавие", "Текст", "k1", "bg", "<p>"}});
  CHECK(seen == "a@b|m1|Заглавие|Текст|<p>|k1|bg");
}

TEST_CASE("an exception costs its message alone, which may have left", "[sink]") {
  answer = [](const Message& m) {
    if (m.to == "bad") throw std::runtime_error("secret");
    return Verdict::delivered();
  };
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  const auto answers = host.deliver({{"a"}, {"bad"}, {"c"}});
  CHECK(answers.ok());
  CHECK(answers.verdicts == Verdicts{"delivered", "unknown: the plugin threw std::runtime_error", "delivered"});
}

TEST_CASE("what is over before its turn is never begun", "[sink]") {
  answer = [](const Message&) { return Verdict::delivered(); };
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  testing::TestMessage expired{"a"}, late{"b"}, fresh{"c"};
  expired.expires_us = host.now_us;
  late.deadline_us = host.now_us - 1;
  fresh.deadline_us = fresh.expires_us = host.now_us + 1;
  const auto answers = host.deliver({expired, late, fresh});
  CHECK(answers.verdicts == Verdicts{"permanent: expired before it could be sent",
                                     "retry(message,0): its turn came after its deadline", "delivered"});
  CHECK(answers.begun == std::vector<bool>{false, false, true});
}

TEST_CASE("after a cancel nothing more is begun", "[sink]") {
  FakeHost host(kOne);
  answer = [&](const Message&) {
    host.cancel = true;
    return Verdict::delivered();
  };
  REQUIRE(host.begin(R"({"port":1})").ok());
  const auto answers = host.deliver({{"a"}, {"b"}});
  CHECK(answers.rc == VESTITEL_E_CANCELLED);
  CHECK(answers.verdicts == Verdicts{"delivered", ""});
  CHECK(answers.begun == std::vector<bool>{true, false});
}

TEST_CASE("a batch sink settles in its own order and may leave one open", "[sink]") {
  FakeHost host(kBatch);
  REQUIRE(host.begin().ok());
  testing::TestMessage lost{"lost"};
  const auto answers = host.deliver({{"a"}, lost, {"c"}});
  CHECK(answers.verdicts == Verdicts{"accepted(k)", "", "accepted(k)"});
  CHECK(answers.begun == std::vector<bool>{true, true, true});
}

TEST_CASE("a batch that breaks the ABI is refused before the sink sees it", "[sink]") {
  answer = [](const Message&) -> Verdict {
    FAIL("not reached");
    throw 1;
  };
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  vestitel_msg message{};
  message.size = sizeof message;
  message.body = {2, 5};
  vestitel_msg_batch batch = {sizeof batch, sizeof message, 1, 0, &message, "heap", 4};
  const auto* table =
      static_cast<const vestitel_deliver_v1*>(host.plugin()->get_extension(host.plugin(), "vestitel.deliver/1"));
  CHECK(table->deliver(host.plugin(), &batch, nullptr) == VESTITEL_E_INVALID);
  message.body = {0, 4};
  batch.stride = 8;
  CHECK(table->deliver(host.plugin(), &batch, nullptr) == VESTITEL_E_INVALID);
}

TEST_CASE("the descriptor says what the class says", "[sink]") {
  const FakeHost host(kOne);
  const auto& d = host.descriptor();
  CHECK(testing::text(d.id) + " " + testing::text(d.name) + " " + testing::text(d.version) + " " +
            testing::text(d.vendor) + " " + testing::text(d.license) + " " + testing::text(d.url) ==
        "org.test.plugin Name 1.2.3 V MIT u");
  CHECK(d.kind == VESTITEL_KIND_SINK);
  CHECK(d.flags == (VESTITEL_FLAG_IDEMPOTENT | VESTITEL_FLAG_NEEDS_NET));
  CHECK(testing::text(d.config_schema_json).find("\"port\"") != std::string::npos);
  CHECK(kOne.describe(1) == nullptr);
  CHECK(kOne.count() == 1);
}

TEST_CASE("settings errors reach the host with the field's path", "[life]") {
  FakeHost host(kOne);
  REQUIRE(host.create().ok());
  const auto outcome = host.configure(R"({"port":10})");
  CHECK(outcome.rc == VESTITEL_E_CONFIG);
  CHECK(outcome.field_path == "/port");
  CHECK(outcome.message == "expected a whole number from 1 to 9");
  CHECK(host.start().rc == VESTITEL_E_INVALID);
}

TEST_CASE("secrets come from the host's service and logs go to it", "[life]") {
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  CHECK(host.check().rc == VESTITEL_E_AUTH);
  host.secrets["token"] = "t";
  CHECK(host.check().ok());
  CHECK(host.logs == std::vector<std::string>{"2 checked port=1"});
  host.withheld = {"vestitel.secret/1"};
  CHECK(host.check().rc == VESTITEL_E_DENIED);
}

TEST_CASE("calls out of order are refused and change nothing", "[life]") {
  FakeHost host(kFeed);
  REQUIRE(host.create().ok());
  CHECK(host.start().rc == VESTITEL_E_INVALID);
  CHECK(host.check().rc == VESTITEL_E_INVALID);
  CHECK(host.stop().rc == VESTITEL_E_INVALID);
  REQUIRE(host.configure("{}").ok());
  CHECK(host.poll("").rc == VESTITEL_E_INVALID);
  REQUIRE(host.start().ok());
  CHECK(host.start().rc == VESTITEL_E_INVALID);
  CHECK(host.configure("{}").rc == VESTITEL_E_INVALID);
  CHECK(host.poll("").rc == VESTITEL_END);
  REQUIRE(host.stop().ok());
  CHECK(host.stop().rc == VESTITEL_E_INVALID);
  CHECK(host.poll("").rc == VESTITEL_E_INVALID);
  REQUIRE(host.configure("{}").ok());
  REQUIRE(host.start().ok());
}

TEST_CASE("an id that is not this library's is not found", "[life]") {
  FakeHost host(kFeed, GENERATE("org.test.plugin2", "org.test.plugi", "\xFF", "x"));
  CHECK(host.create().rc == VESTITEL_NOT_FOUND);
}

TEST_CASE("unknown abilities are NULL", "[life]") {
  FakeHost host(kFeed);
  REQUIRE(host.create().ok());
  CHECK(host.plugin()->get_extension(host.plugin(), "vestitel.poll/2") == nullptr);
  CHECK(host.plugin()->get_extension(host.plugin(), "vestitel.parse/1") == nullptr);
}

TEST_CASE("work calls that overlap are refused unless the class allows it", "[life]") {
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  vestitel_rc inner = VESTITEL_OK;
  answer = [&](const Message&) {
    const auto* table =
        static_cast<const vestitel_deliver_v1*>(host.plugin()->get_extension(host.plugin(), "vestitel.deliver/1"));
    const vestitel_msg_batch none = {sizeof none, sizeof(vestitel_msg), 0, 0, nullptr, nullptr, 0};
    std::thread([&] { inner = table->deliver(host.plugin(), &none, nullptr); }).join();
    return Verdict::delivered();
  };
  CHECK(host.deliver({{"a"}}).verdicts == Verdicts{"delivered"});
  CHECK(inner == VESTITEL_E_THREAD);
}

TEST_CASE("stopping makes a running call return", "[life]") {
  FakeHost host(kOne);
  REQUIRE(host.begin(R"({"port":1})").ok());
  answer = [&](const Message&) {
    host.plugin()->stop(host.plugin(), 0);
    return Verdict::delivered();
  };
  const auto answers = host.deliver({{"a"}, {"b"}});
  CHECK(answers.rc == VESTITEL_E_CANCELLED);
  CHECK(answers.verdicts == Verdicts{"delivered", ""});
}

TEST_CASE("a provider's call reaches the sink with its head and body, and what it says the host", "[sink][receipts]") {
  FakeHost host(kListener);
  REQUIRE(host.begin().ok());
  REQUIRE(host.callback(":method: POST\n:query: id=7&s=%20\ncontent-type: text/plain\nx-empty: \n", "7").ok());
  CHECK(Listener::seen == "POST|id=7&s=%20|text/plain|");
  REQUIRE(host.heard().size() == 1);
  CHECK(host.heard()[0].provider_id == "7");
  CHECK(host.heard()[0].verdict.kind == VESTITEL_DELIVERED);

  CHECK(host.callback(":method: POST\n", "forged").rc == VESTITEL_E_AUTH);
  host.receipt_rc = VESTITEL_E_RETRY;
  CHECK(host.callback(":method: POST\n", "8").rc == VESTITEL_E_RETRY);
  CHECK(host.heard().size() == 1);
}

TEST_CASE("a sink that is polled says when there is more", "[sink][receipts]") {
  FakeHost host(kListener);
  REQUIRE(host.begin().ok());
  Listener::waiting = {"c", "b", "a"};
  CHECK(host.poll_receipts(2).rc == VESTITEL_MORE);
  CHECK(host.poll_receipts(2).rc == VESTITEL_END);
  REQUIRE(host.heard().size() == 3);
  CHECK(host.heard()[2].provider_id == "c");
  CHECK(host.heard()[2].verdict.since_us == 5);

  FakeHost deaf(kBatch);
  REQUIRE(deaf.begin().ok());
  CHECK(deaf.plugin()->get_extension(deaf.plugin(), "vestitel.receipts/1") == nullptr);
  CHECK(deaf.callback(":method: GET\n").rc == VESTITEL_E_UNSUPPORTED);
}

TEST_CASE("a sink that can be asked answers each doubt by its number, or leaves it open", "[sink][ask]") {
  FakeHost host(kAsked);
  REQUIRE(host.begin().ok());
  testing::TestDoubt there{"there", "m1", "p-17"}, late{"late"}, other{"other"};
  late.sent_us = host.now_us - 42;
  const auto answers = host.ask({there, late, other});
  CHECK(answers.ok());
  CHECK(answers.verdicts == Verdicts{"accepted(p-17)", "retry(message,0): 42", ""});
  CHECK(answers.breaches.empty());

  FakeHost deaf(kBatch);
  REQUIRE(deaf.begin().ok());
  CHECK(deaf.plugin()->get_extension(deaf.plugin(), "vestitel.ask/1") == nullptr);
  CHECK(deaf.ask({there}).rc == VESTITEL_E_UNSUPPORTED);
}

TEST_CASE("a batch of doubts that breaks the ABI is refused before the sink sees it", "[sink][ask]") {
  FakeHost host(kAsked);
  REQUIRE(host.begin().ok());
  vestitel_doubt doubt{};
  doubt.size = sizeof doubt;
  doubt.idem_key = {2, 5};
  vestitel_doubt_batch batch = {sizeof batch, sizeof doubt, 1, 0, &doubt, "heap", 4};
  const auto* table =
      static_cast<const vestitel_ask_v1*>(host.plugin()->get_extension(host.plugin(), "vestitel.ask/1"));
  REQUIRE(table != nullptr);
  CHECK(table->ask(host.plugin(), &batch, nullptr) == VESTITEL_E_INVALID);
  doubt.idem_key = {0, 4};
  batch.stride = 8;
  CHECK(table->ask(host.plugin(), &batch, nullptr) == VESTITEL_E_INVALID);
}

TEST_CASE("a feed commits events and cursor, and resumes from it", "[feed]") {
  FakeHost host(kFeed);
  REQUIRE(host.begin().ok());
  const auto first = host.poll("", 3);
  CHECK(first.rc == VESTITEL_MORE);
  CHECK(first.events.size() == 3);
  CHECK(first.cursors == std::vector<std::string>{"3"});
  const auto second = host.poll(first.cursors[0], 3);
  CHECK(second.rc == VESTITEL_END);
  CHECK(second.events.size() == 2);
  CHECK(host.poll("5").events.empty());
}
