// The classes over vestitel/abi_services.h, seen through the fake host.
#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vestitel/plugin.hpp>
#include <vestitel/testing/fake_host.hpp>

using namespace vestitel;
using vestitel::testing::FakeAnswer;
using vestitel::testing::FakeHost;
using vestitel::testing::FakeRequest;

namespace {

std::function<void(const Host&)> on_start;
std::function<Polled(const Host&, Emit&)> on_poll;
std::function<void(const Host&, const MessageBatch&, Delivery&)> on_deliver;

struct Starting {
  explicit Starting(const Host& h) : host(h) {}
  void start() {
    if (on_start) on_start(host);
  }
  Polled poll(std::string_view, std::uint32_t, Emit& out) { return on_poll(host, out); }
  const Host& host;
};
struct Sending {
  explicit Sending(const Host& h) : host(h) {}
  void deliver(const MessageBatch& batch, Delivery& delivery) { on_deliver(host, batch, delivery); }
  const Host& host;
};

template <class P, template <class> class A>
struct Spec {
  using Plugin = P;
  template <class S>
  using Ability = A<S>;
  static constexpr const char *kId = "org.test.plugin", *kName = "Name", *kVersion = "1.2.3";
  static constexpr Field kFields[] = {field::text("host", "Where.").by_default("a.bg")};
  static Fields fields() { return vestitel::fields(kFields); }
};
const vestitel_entry kFeed = vestitel::detail::entry<Spec<Starting, vestitel::detail::Feed>>();
const vestitel_entry kSink = vestitel::detail::entry<Spec<Sending, vestitel::detail::Sink>>();

// Runs the body inside start() and shows how that went.
vestitel::testing::Outcome started(FakeHost& host, std::function<void(const Host&)> body) {
  on_start = std::move(body);
  auto outcome = host.begin(R"({"host":"b\"c"})");
  on_start = nullptr;
  return outcome;
}

}  // namespace

TEST_CASE("a service that is withheld says so by name", "[sdk][services]") {
  const char* id = GENERATE("vestitel.kv/1", "vestitel.http/1", "vestitel.connect/1", "vestitel.subjects/1",
                            "vestitel.config/1", "vestitel.clock/1");
  FakeHost host(kFeed);
  host.withheld = {id};
  const auto outcome = started(host, [&](const Host& h) {
    const std::string name = id;
    if (name == "vestitel.kv/1") Kv{h};
    if (name == "vestitel.http/1") Http{h};
    if (name == "vestitel.connect/1") connect_stream(h, "a", 1);
    if (name == "vestitel.subjects/1")
      subjects_after(h, "", 1, [](std::string_view, std::uint32_t, std::string_view) {});
    if (name == "vestitel.config/1") config_json(h, "");
    if (name == "vestitel.clock/1") sleep_for(h, std::chrono::seconds(1));
  });
  CHECK(outcome.rc == VESTITEL_E_DENIED);
  CHECK(outcome.message == std::string("service ") + id + " is not granted");
}

TEST_CASE("a metric without its service counts nothing and is no failure", "[sdk][services]") {
  FakeHost host(kFeed);
  host.withheld = {"vestitel.metric/1"};
  CHECK(started(host, [](const Host& h) { Metric::counter(h, "a", "A.").add(); }).ok());
}

TEST_CASE("what is kept, counted, slept and asked of the settings", "[sdk][services]") {
  FakeHost host(kFeed);
  host.kv_quota = 40;
  const auto outcome = started(host, [&](const Host& h) {
    const Kv kept(h);
    CHECK_FALSE(kept.get("a").has_value());
    kept.put("a", "one");
    CHECK(kept.entry("a")->revision == 1);
    CHECK_FALSE(kept.cas("a", 9, "two").has_value());
    CHECK(kept.cas("a", 1, "two") == std::optional<std::uint64_t>(2));
    CHECK(kept.cas("b", 0, "three").has_value());
    std::string keys;
    kept.each("", [&](std::string_view key, std::uint64_t) { keys += key; });
    CHECK(keys == "ab");
    CHECK(kept.remove("a"));
    CHECK_FALSE(kept.remove("a"));
    CHECK_THROWS_WITH(kept.put("c", std::string(40, 'x')), "beyond the quota");
    const auto gauge = Metric::gauge(h, "depth", "Depth.", {{"link", "x"}});
    gauge.set(3);
    gauge.set(2);
    Metric::counter(h, "sent", "Sent.").add(2);
    CHECK(sleep_for(h, std::chrono::seconds(5)));
    CHECK(config_json(h, "/host") == std::optional<std::string>(R"("b\"c")"));
    CHECK_FALSE(config_json(h, "/port").has_value());
  });
  INFO(outcome.message);
  CHECK(outcome.ok());
  CHECK(host.kept.count("b") == 1);
  CHECK(host.metrics["depth{link=x}"] == 2);
  CHECK(host.metrics["sent"] == 2);
  CHECK(host.monotonic_us == 6'000'000);
}

TEST_CASE("in a poll what is kept belongs to the unit", "[sdk][services]") {
  FakeHost host(kFeed);
  REQUIRE(host.begin().ok());
  on_poll = [](const Host& h, Emit&) {
    Kv(h).put("a", "dropped");
    return Polled::end;
  };
  CHECK(host.poll("").ok());
  CHECK(host.kept.empty());
  on_poll = [](const Host& h, Emit& out) -> Polled {
    Kv(h).put("a", "kept");
    out.commit("1");
    Kv(h).put("a", "late");
    return Polled::end;
  };
  CHECK(host.poll("").ok());
  CHECK(host.kept["a"].first == "kept");
}

TEST_CASE("a request and its answer", "[sdk][services]") {
  FakeHost host(kFeed);
  REQUIRE(host.begin().ok());
  host.http = [](const FakeRequest& request) {
    FakeAnswer answer;
    answer.status = request.headers.at("x-key") == "v" ? 429 : 400;
    answer.body = request.method + " " + request.url;
    answer.headers = {{"x-mark", "m"}};
    answer.retry_after_ms = 3000;
    return answer;
  };
  on_poll = [](const Host& h, Emit& out) -> Polled {
    const auto answer = Http(h).request(HttpRequest::get("https://a.bg/x").header("X-Key", "v"));
    CHECK(answer.status == 429);
    CHECK_FALSE(answer.ok());
    CHECK(answer.headers.front().second == "m");
    throw Error::retry(answer.body, answer.retry_after_ms);
    out.commit("never");
  };
  const auto polled = host.poll("");
  CHECK(polled.rc == VESTITEL_E_RETRY);
  CHECK(polled.retry_after_ms == 3000);
  CHECK(polled.message == "GET https://a.bg/x");
  CHECK(host.requests.front().flags == VESTITEL_HTTP_REPEATABLE);
}

TEST_CASE("a sink settles as answers come, and what threw comes out at the end", "[sdk][services]") {
  FakeHost host(kSink);
  REQUIRE(host.begin().ok());
  host.http = [](const FakeRequest& request) {
    FakeAnswer answer;
    answer.sent = request.body != "b2";
    if (!answer.sent) answer.rc = VESTITEL_E_RETRY;
    return answer;
  };
  on_deliver = [](const Host& h, const MessageBatch& batch, Delivery& delivery) {
    std::vector<HttpRequest> requests;
    for (std::uint32_t i = 0; i < batch.size(); ++i)
      requests.push_back(HttpRequest::post("https://a.bg", "text/plain", std::string(batch[i].body)).of_message(i));
    Http(h).request_many(requests, [&](std::size_t i, const HttpAnswerView& a) {
      if (i == 0) throw std::runtime_error("clumsy");
      delivery.settle(static_cast<std::uint32_t>(i), a.ok() ? Verdict::delivered() : Verdict::retry("no answer"));
    });
  };
  vestitel::testing::TestMessage one;
  std::vector<vestitel::testing::TestMessage> messages(3, one);
  for (int i = 0; i < 3; ++i) messages[static_cast<std::size_t>(i)].body = "b" + std::to_string(i);
  const auto answers = host.deliver(messages);
  CHECK(answers.rc == VESTITEL_E_INTERNAL);
  CHECK(answers.verdicts[1] == "delivered");
  CHECK(answers.verdicts[2].find("retry") == 0);
  CHECK(answers.begun == std::vector<bool>{true, true, false});
  CHECK(answers.breaches.empty());
}

TEST_CASE("subjects come in pages", "[sdk][services]") {
  FakeHost host(kFeed);
  host.subjects = {{VESTITEL_EGN, "1823450000"}, {VESTITEL_LNCH, "1000000001"}, {VESTITEL_EGN, "1823450019"}};
  const auto outcome = started(host, [](const Host& h) {
    std::string last;
    std::size_t seen = 0;
    const auto see = [&](std::string_view cursor, std::uint32_t, std::string_view) {
      last = cursor;
      ++seen;
    };
    CHECK(subjects_after(h, "", 2, see));
    CHECK_FALSE(subjects_after(h, last, 2, see));
    CHECK(seen == 3);
  });
  CHECK(outcome.ok());
}
