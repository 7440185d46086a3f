// Several peers of one client, over plain HTTP on loopback.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vestitel/abi_services.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/plugin/outside/http_client.hpp"

namespace vestitel::test {
namespace {

constexpr std::int64_t kTimeoutMs = 2'000;

// Takes connections, and answers or not.
class Peer {
 public:
  explicit Peer(bool answers) : answers_(answers), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_ANY);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listener_, 1024) == 0);
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Peer() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }

  std::atomic<bool> answers_, closes_{false};  // closes: when a connection's second request comes
  std::atomic<std::size_t> requests{0}, most_open{0};
  std::atomic<std::chrono::milliseconds> slow_{};
  // On one of the many addresses of loopback: each is a peer of its own to the client.
  [[nodiscard]] std::string url(int host = 1) const {
    return "http://127.0." + std::to_string(host / 250) + "." + std::to_string(host % 250 + 1) + ":" +
           std::to_string(port_) + "/";
  }

 private:
  void serve() {
    std::vector<pollfd> open{{listener_, POLLIN, 0}};
    while (!stop_) {
      if (::poll(open.data(), open.size(), 20) <= 0) continue;
      if (open[0].revents != 0) open.push_back({::accept(listener_, nullptr, nullptr), POLLIN, 0});
      for (std::size_t i = 1; i < open.size(); ++i)
        if (open[i].revents != 0 && !read_one(open[i].fd)) open[i].fd = -1;
      std::erase_if(open, [](const pollfd& one) { return one.fd < 0; });
      most_open = std::max(most_open.load(), open.size() - 1);
    }
    for (std::size_t i = 1; i < open.size(); ++i) ::close(open[i].fd);
  }
  bool read_one(int fd) {
    char bytes[4096];
    const auto n = ::read(fd, bytes, sizeof bytes);
    if (n <= 0) return ::close(fd), false;
    ++requests;
    if (closes_ && !first_.insert(fd).second) return first_.erase(fd), ::close(fd), false;
    std::this_thread::sleep_for(slow_.load());
    constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    return !answers_ || ::write(fd, kOk.data(), kOk.size()) > 0;
  }

  const int listener_;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::set<int> first_;  // connections that have had one
  std::thread thread_;
};

class Answers : public HttpReceiver {
 public:
  bool starting(std::uint32_t) override { return true; }
  bool answered(std::uint32_t index, wire::HttpAnswer answer) override {
    const std::lock_guard lock(mutex_);
    order.push_back(index);
    all.emplace(index, std::move(answer));
    return true;
  }
  void finished() override {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }
  void wait() { static_cast<void>(wait_for(std::chrono::hours(1))); }
  [[nodiscard]] bool wait_for(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, longest, [this] { return finished_; });
  }
  [[nodiscard]] std::size_t sent() const {
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& one) { return one.second.sent; }));
  }
  std::map<std::uint32_t, wire::HttpAnswer> all;
  std::vector<std::uint32_t> order;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
};

// Hears its answer only when another batch is through.
class Follower final : public Answers {
 public:
  explicit Follower(Answers& other) : other_(other) {}
  bool answered(std::uint32_t index, wire::HttpAnswer answer) override {
    followed = other_.wait_for(std::chrono::seconds(10));
    return Answers::answered(index, std::move(answer));
  }
  std::atomic<bool> followed{false};

 private:
  Answers& other_;
};

wire::HttpRequest get(const Peer& peer, int host = 1) {
  wire::HttpRequest request;
  request.method = "GET";
  request.url = peer.url(host);
  request.timeout_ms = kTimeoutMs;
  return request;
}

// So many, of which all but the first would still wait when those have had no answer.
std::vector<wire::HttpRequest> patient_after(std::size_t first, std::size_t count, const Peer& peer) {
  std::vector<wire::HttpRequest> requests(count, get(peer));
  for (std::size_t i = first; i < count; ++i) requests[i].timeout_ms = 2 * kTimeoutMs;
  return requests;
}

std::shared_ptr<Answers> ask(HttpClient& client, std::vector<wire::HttpRequest> requests) {
  auto answers = std::make_shared<Answers>();
  client.submit(std::move(requests), answers);
  answers->wait();
  return answers;
}

std::shared_ptr<HttpClient> client_for(std::initializer_list<const Peer*> peers) {
  std::vector<std::string> grants;
  for (const Peer* peer : peers) {
    std::string grant = peer->url();
    grant.pop_back();
    grants.push_back(grant);
  }
  return make_http_client(Reach(grants, "{}"));
}

}  // namespace

TEST_CASE("what waits for a peer that answers nothing is not sent", "[outside]") {
  Peer mute(false);
  const auto client = client_for({&mute});
  const auto answers = ask(*client, patient_after(16, 300, mute));
  REQUIRE(answers->all.size() == 300);
  CHECK(answers->sent() <= 32);
  for (const auto& [index, answer] : answers->all) CHECK(answer.rc == VESTITEL_E_RETRY);
  CHECK_THAT(answers->all.at(299).reason, Catch::StartsWith("not sent: the peer had left many unanswered"));

  const auto again = ask(*client, patient_after(1, 50, mute));  // one asks whether it is back
  CHECK(again->sent() == 1);
  CHECK_THAT(again->all.at(49).reason, Catch::StartsWith("not sent: the peer had left many unanswered"));

  mute.answers_ = true;
  const auto back = ask(*client, std::vector<wire::HttpRequest>(300, get(mute)));
  for (const auto& [index, answer] : back->all) CHECK(answer.status == 200);
  client->close();
}

TEST_CASE("a connection that had died is replaced, however often", "[outside]") {
  Peer peer(true);
  peer.closes_ = true;
  const auto client = client_for({&peer});
  auto request = get(peer);
  request.flags = VESTITEL_HTTP_REPEATABLE;
  for (int i = 0; i < 40; ++i) {
    const auto answers = ask(*client, {request});
    CAPTURE(i, answers->all.at(0).reason);
    CHECK(answers->all.at(0).status == 200);
  }
  client->close();
}

TEST_CASE("what does not leave in its time is not sent", "[outside]") {
  Peer slow(true);
  slow.slow_ = std::chrono::milliseconds(40);  // each, one by one
  const auto client = client_for({&slow});
  auto patient = get(slow), hasty = get(slow);
  patient.timeout_ms = 30'000;
  hasty.timeout_ms = 100;
  std::vector<wire::HttpRequest> requests(30, patient);
  requests.push_back(hasty);
  const auto answers = ask(*client, requests);
  CHECK_FALSE(answers->all.at(30).sent);
  CHECK(answers->all.at(30).rc == VESTITEL_E_RETRY);
  for (std::uint32_t i = 0; i < 30; ++i) CHECK(answers->all.at(i).status == 200);
  client->close();
}

TEST_CASE("what waits for another's connection ends in its time", "[outside]") {
  Peer mute(false);  // so nobody learns whether a connection carries several
  const auto client = client_for({&mute});
  auto patient = get(mute), hasty = get(mute);
  patient.timeout_ms = 3'000;
  hasty.timeout_ms = 100;
  const auto answers = ask(*client, {patient, hasty});
  CHECK(answers->order == std::vector<std::uint32_t>{1, 0});
  CHECK_FALSE(answers->all.at(1).sent);
  client->close();
}

TEST_CASE("what comes after the end is answered", "[outside]") {
  Peer peer(true);
  const auto client = client_for({&peer});
  client->close();
  CHECK(ask(*client, {get(peer)})->all.at(0).rc == VESTITEL_E_CANCELLED);
}

TEST_CASE("two batches are carried side by side", "[outside]") {
  Peer peer(true);
  const auto client = client_for({&peer});
  const auto second = std::make_shared<Answers>();
  const auto first = std::make_shared<Follower>(*second);
  client->submit({get(peer)}, first);
  client->submit({get(peer)}, second);
  first->wait();
  CHECK(first->followed);
  CHECK(first->all.at(0).status == 200);
  CHECK(second->all.at(0).status == 200);
  client->close();
}

TEST_CASE("what is under way side by side has no more room than what is alone", "[outside]") {
  constexpr int kHosts = 1'200;
  Peer mute(false);
  std::vector<std::string> grants;
  std::vector<wire::HttpRequest> some, others;
  for (int host = 1; host <= kHosts; ++host) {
    grants.push_back(mute.url(host));
    grants.back().pop_back();
    (host <= kHosts / 2 ? some : others).push_back(get(mute, host));
  }
  const auto client = make_http_client(Reach(grants, "{}"));
  const auto first = std::make_shared<Answers>(), second = std::make_shared<Answers>();
  client->submit(some, first);
  client->submit(others, second);
  first->wait();
  second->wait();
  CHECK(mute.most_open > 256);
  CHECK(mute.most_open < 600);  // 512, and what it has not yet seen close
  client->close();
}

TEST_CASE("a peer that does not answer holds up no other", "[outside]") {
  Peer mute(false), well(true);
  const auto client = client_for({&mute, &well});
  std::vector<wire::HttpRequest> requests(600, get(mute));
  requests.insert(requests.end(), 100, get(well));
  const auto answers = ask(*client, requests);
  REQUIRE(answers->all.size() == 700);
  for (std::uint32_t i = 600; i < 700; ++i) CHECK(answers->all.at(i).status == 200);
  // All of them come before the first that was given up.
  for (std::size_t i = 0; i < 100; ++i) CHECK(answers->order[i] >= 600);
  client->close();
}

}  // namespace vestitel::test
