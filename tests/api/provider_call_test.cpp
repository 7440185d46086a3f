// Providers of messages at /receipts/INSTANCE: who is let in, what reaches the sink, what they are answered.
#include "core/api/provider_call.hpp"

#include <thread>

#include "tests/api/inbox_rig.hpp"

namespace vestitel::test {
namespace {

constexpr const char* kSecret = "kannel-0123456789-abcdef";

// Answers as it was told, from a thread of its own, as a sink's worker does.
class Taker final : public ProviderCallTaker {
 public:
  ~Taker() override {
    for (std::thread& one : threads_) one.join();
  }
  void offer(std::string head, std::string body, Answer answer) override {
    heads.push_back(std::move(head));
    bodies.push_back(std::move(body));
    threads_.emplace_back([answer = std::move(answer), went = went] { answer(went); });
  }
  std::vector<std::string> heads, bodies;
  Result<> went = Done{};

 private:
  std::vector<std::thread> threads_;
};

struct ProviderRig : InboxRig {
  explicit ProviderRig(std::vector<NetworkRange> from = {}) {
    providers["sms"] = {digest_of(kSecret), std::move(from), "ACK/Jasmin", &taker};
    start();
  }
  ~ProviderRig() { server.reset(); }
  HttpAnswer ask(const std::string& target, const std::string& fields = "", const std::string& body = "",
                 const std::string& method = "POST") {
    TlsClient client(port);
    return client.ask(method + " " + target + " HTTP/1.1\r\nHost: h\r\n" + fields +
                      (method == "GET" ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
                      body);
  }
  Taker taker;
};

const std::string kPath = "/receipts/sms/" + std::string(kSecret);
const std::string kBearer = "Authorization: Bearer " + std::string(kSecret) + "\r\n";

}  // namespace

TEST_CASE("a provider's call reaches the sink without the secret, and is acknowledged in its words", "[provider]") {
  ProviderRig rig;
  const auto posted = rig.ask(kPath + "?id=7&s=%20", "Content-Type: text/plain\r\nCookie: c=1\r\n", "delivered");
  CHECK(posted.status == 200);
  CHECK(posted.body == "ACK/Jasmin");
  CHECK(rig.ask(kPath + "?id=8", "", "", "GET").status == 200);
  CHECK(rig.ask("/receipts/sms", kBearer, std::string("\0\xFF", 2)).status == 200);
  REQUIRE(rig.taker.heads.size() == 3);
  CHECK(rig.taker.heads[0] ==
        ":method: POST\n:query: id=7&s=%20\nhost: h\ncontent-type: text/plain\ncontent-length: 9\n");
  CHECK(rig.taker.bodies[0] == "delivered");
  CHECK(rig.taker.heads[1] == ":method: GET\n:query: id=8\nhost: h\n");
  CHECK(rig.taker.bodies[2] == std::string("\0\xFF", 2));
  for (const std::string& head : rig.taker.heads) CHECK(head.find(kSecret) == std::string::npos);
}

TEST_CASE("what the sink says of a call is what its provider is answered", "[provider]") {
  struct Case {
    Failure failure;
    int status;
  };
  const auto c = GENERATE(values<Case>({{Failure::kInvalid, 400},
                                        {Failure::kConfig, 403},
                                        {Failure::kBusy, 503},
                                        {Failure::kCrashed, 503},
                                        {Failure::kIo, 503}}));
  ProviderRig rig;
  rig.taker.went = Error{c.failure, "why"};
  const auto answer = rig.ask(kPath);
  CHECK(answer.status == c.status);
  CHECK(answer.field("Retry-After") == (c.status == 503 ? "60" : ""));
}

TEST_CASE("without the secret nobody is heard, and nobody learns which sinks there are", "[provider]") {
  ProviderRig rig;
  std::string refused;
  for (const std::string target : {"/receipts/sms/wrong-secret-0123456789", "/receipts/sms", "/receipts/other/x",
                                   "/receipts/sms/?x=kannel-0123456789-abcdef"}) {
    const auto answer = rig.ask(target);
    CHECK(answer.status == 401);
    if (!refused.empty()) CHECK(answer.body == refused);
    refused = answer.body;
  }
  CHECK(rig.ask("/receipts/sms/", "Authorization: Basic a\r\n").status == 401);
  CHECK(rig.ask(kPath + "/more").status == 404);
  CHECK(rig.ask(kPath, "", "", "PUT").status == 405);
  CHECK(rig.taker.heads.empty());
}

TEST_CASE("an address that guesses is told to wait", "[provider]") {
  ProviderRig rig;
  int last = 0;
  for (int i = 0; i < 20 && last != 429; ++i) last = rig.ask("/receipts/sms/guess-" + std::to_string(i)).status;
  CHECK(last == 429);
}

TEST_CASE("calls from elsewhere are not heard", "[provider]") {
  ProviderRig rig({*NetworkRange::parse("192.0.2.0/24")});
  CHECK(rig.ask(kPath).status == 403);
  CHECK(rig.taker.heads.empty());
  ProviderRig near({*NetworkRange::parse("192.0.2.0/24"), *NetworkRange::parse("127.0.0.0/8")});
  CHECK(near.ask(kPath).status == 200);
}

TEST_CASE("a call is of 64 KiB at most, however it says so", "[provider]") {
  ProviderRig rig;
  CHECK(rig.ask(kPath, "", std::string(64UL * 1024, 'x')).status == 200);
  CHECK(rig.ask(kPath, "", std::string(64UL * 1024 + 1, 'x')).status == 413);
  TlsClient client(rig.port);
  client.send("POST " + kPath + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 9; ++i) client.send("2000\r\n" + std::string(8192, 'x') + "\r\n");
  client.send("0\r\n\r\n");
  CHECK(client.answer().status == 413);
  CHECK(rig.taker.bodies.size() == 1);
}

}  // namespace vestitel::test
