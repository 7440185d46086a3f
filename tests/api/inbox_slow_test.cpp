// Clients that are slow on purpose, and one that is not.
#include <atomic>
#include <thread>

#include "tests/api/inbox_rig.hpp"

namespace vestitel::test {
namespace {

using std::chrono::milliseconds;

// Open connections, each from one of 200 addresses, that have said `said` and say no more.
struct Crowd {
  Crowd(int port, std::size_t size, const std::string& said) {
    for (std::size_t i = 0; i < size; ++i) {
      const std::string from = "127.0.1." + std::to_string(1 + i % 200);
      clients.push_back(std::make_unique<TlsClient>(port, nullptr, from.c_str()));
      clients.back()->send(said);
    }
  }
  std::vector<std::unique_ptr<TlsClient>> clients;
};

}  // namespace

TEST_CASE("a thousand silent connections keep nobody out", "[inbox][slow]") {
  InboxRig rig;
  rig.settings.limits.connections = 1'000;
  rig.settings.limits.per_address = 64;
  rig.settings.limits.head = std::chrono::minutes{10};  // they do not go of themselves
  rig.settings.limits.progress = std::chrono::minutes{10};
  rig.start();
  // Half a head each; and behind a good head, half a body: as many as a partner may bring.
  const Crowd heads(rig.port, 1'000, "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nX-A: ");
  const Crowd bodies(rig.port, 4,
                     "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\nAuthorization: Bearer " +
                         std::string(kAcmeKey) + "\r\n\r\nhalf");
  for (int i = 0; i < 100; ++i) {
    TlsClient client(rig.port, &rig.betas);
    const std::string body = std::to_string(i);
    const auto answer = client.ask(
        "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    CHECK(answer.status == 202);
  }
  CHECK(rig.placed("amb/beta").size() == 200);
  CHECK(rig.placed().empty());
}

TEST_CASE("an address has so many connections and no more", "[inbox][slow]") {
  InboxRig rig;
  rig.settings.limits.per_address = 3;
  rig.start();
  std::vector<std::unique_ptr<TlsClient>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<TlsClient>(rig.port));
  for (auto& client : clients) CHECK(client->ask(rig.get("/health")).status == 200);
  CHECK_FALSE(TlsClient(rig.port).connected);
  CHECK(TlsClient(rig.port, nullptr, "127.0.0.2").connected);
}

TEST_CASE("who is too slow is let go", "[inbox][slow]") {
  InboxRig rig;
  rig.settings.limits.handshake = rig.settings.limits.head = rig.settings.limits.progress = milliseconds{200};
  rig.settings.limits.idle = milliseconds{200};
  rig.start();
  SECTION("with a head") {
    TlsClient client(rig.port);
    CHECK(client.ask("GET /health HTTP/1.1\r\n").status == 0);
  }
  SECTION("with a body") {
    TlsClient client(rig.port);
    client.send("POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nAuthorization: Bearer " +
                std::string(kAcmeKey) + "\r\n\r\nhalf");
    CHECK(client.rest().empty());
    while (rig.spools() > 0) std::this_thread::sleep_for(milliseconds{1});  // for ever, where it stays
  }
  SECTION("with a head that comes byte by byte") {
    TlsClient client(rig.port);
    while (client.send("a")) std::this_thread::sleep_for(milliseconds{5});  // ends when the other side has ended
  }
  SECTION("with a body that drips") {
    TlsClient client(rig.port);
    client.send("POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\nAuthorization: Bearer " +
                std::string(kAcmeKey) + "\r\n\r\n");
    while (client.send("a")) std::this_thread::sleep_for(milliseconds{5});
    CHECK(rig.placed().empty());
  }
  SECTION("between two requests") {
    TlsClient client(rig.port);
    CHECK(client.ask(rig.get("/health")).status == 200);
    CHECK(client.rest().empty());
  }
  SECTION("with a handshake") {
    const OwnedFd fd(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(rig.port));
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    char byte = 0;
    CHECK(::read(fd.get(), &byte, 1) <= 0);
  }
}

TEST_CASE("however many bring the same document at once, one is placed", "[inbox]") {
  InboxRig rig;
  rig.settings.limits.per_partner = 100;
  rig.start();
  const bool keyed = GENERATE(true, false);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::string> answers;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] {
      TlsClient client(rig.port);
      const auto answer = client.ask(rig.post("the same", keyed ? "Idempotency-Key: 1\r\n" : ""));
      const std::lock_guard lock(mutex);
      taken += answer.status == 202 ? 1 : 0;
      answers.insert(answer.body);
    });
  for (auto& thread : threads) thread.join();
  CHECK(taken == 16);
  CHECK(answers.size() == 1);
  CHECK(rig.placed().size() == 2);
  CHECK(rig.spools() == 0);
}

TEST_CASE("of different documents under one key at once, one is placed", "[inbox]") {
  InboxRig rig;
  rig.settings.limits.per_partner = 100;
  rig.start();
  std::atomic<int> taken{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&, i] {
      const int status =
          TlsClient(rig.port).ask(rig.post("content " + std::to_string(i), "Idempotency-Key: 1\r\n")).status;
      taken += status == 202 ? 1 : 0;
      refused += status == 422 ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  CHECK(taken == 1);
  CHECK(refused == 15);
  CHECK(rig.placed().size() == 2);
}

}  // namespace vestitel::test
