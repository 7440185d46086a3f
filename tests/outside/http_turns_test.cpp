// Who goes first where more waits than may be on its way. The peers hold their answers back, so that nothing here hangs
// on how fast anything is.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "core/plugin/outside/http_loop.hpp"

namespace vestitel::test {
namespace {

constexpr std::int64_t kPatienceMs = 120'000;

// Peers that take requests, and answer one when they are told to.
class HoldingPeers {
 public:
  explicit HoldingPeers(std::size_t count) : requests(count) {
    for (std::size_t i = 0; i < count; ++i) listen();
    thread_ = std::thread([this] { serve(); });
  }
  ~HoldingPeers() {
    stop_ = true;
    thread_.join();
    for (const pollfd& one : open_)
      if (one.fd >= 0) ::close(one.fd);
  }

  [[nodiscard]] std::string origin(std::size_t peer) const {
    return "http://127.0.0.1:" + std::to_string(ports_[peer]);
  }
  template <class Seen>
  bool wait(Seen&& seen) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), seen);
  }
  void answer_one() {
    constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const std::lock_guard lock(mutex_);
    REQUIRE(::write(waiting_.front(), kOk.data(), kOk.size()) > 0);
    waiting_.pop_front();
  }

  // For wait():
  std::vector<std::size_t> requests;  // by peer
  std::vector<std::string> lines;     // the first of each request

 private:
  void listen() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(fd, 64) == 0);
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    ports_.push_back(ntohs(at.sin_port));
    open_.push_back({fd, POLLIN, 0});
    peer_of_.push_back(peer_of_.size());
  }

  void serve() {
    while (!stop_) {
      if (::poll(open_.data(), open_.size(), 20) <= 0) continue;
      for (std::size_t i = 0, known = open_.size(); i < known; ++i) {
        if (open_[i].revents == 0) continue;
        if (i < requests.size())
          accept(i);
        else
          read(i);
      }
    }
  }
  void accept(std::size_t peer) {
    open_.push_back({::accept(open_[peer].fd, nullptr, nullptr), POLLIN, 0});
    peer_of_.push_back(peer);
  }
  void read(std::size_t i) {
    char bytes[4096];
    const auto n = ::read(open_[i].fd, bytes, sizeof bytes);
    if (n <= 0) {
      ::close(std::exchange(open_[i].fd, -1));
      return;
    }
    const std::lock_guard lock(mutex_);
    const std::string_view request(bytes, static_cast<std::size_t>(n));
    ++requests[peer_of_[i]];
    lines.emplace_back(request.substr(0, request.find('\r')));
    waiting_.push_back(open_[i].fd);
    changed_.notify_all();
  }

  std::vector<int> ports_;
  std::vector<pollfd> open_;  // listeners first; the thread's, as what follows
  std::vector<std::size_t> peer_of_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> waiting_;  // connections, in the order of their requests
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class Nobody final : public HttpReceiver {
 public:
  bool starting(std::uint32_t) override { return true; }
  bool answered(std::uint32_t, wire::HttpAnswer) override { return true; }
  void finished() override {}
};

wire::HttpRequest get(const std::string& url) {
  wire::HttpRequest request;
  request.method = "GET";
  request.url = url;
  request.timeout_ms = kPatienceMs;
  return request;
}

}  // namespace

TEST_CASE("where more waits than may be on its way, peers take turns", "[outside]") {
  // If each took all of its room in its turn, eighty would leave none for the others.
  constexpr std::size_t kPeers = 84, kEach = 16;
  HoldingPeers peers(kPeers);
  std::vector<std::string> grants;
  std::vector<wire::HttpRequest> requests;
  for (std::size_t i = 0; i < kPeers; ++i) {
    grants.push_back(peers.origin(i));
    requests.insert(requests.end(), kEach, get(peers.origin(i) + "/"));
  }
  OwedCount owed{0}, none{0};
  HttpLoop loop(Reach(grants, "{}"), {}, owed, none);
  loop.submit(std::move(requests), std::make_shared<Nobody>());
  CHECK(peers.wait([&] { return std::count(peers.requests.begin(), peers.requests.end(), 0U) == 0; }));
  loop.close();
}

TEST_CASE("batches that wait for one peer take turns", "[outside]") {
  HoldingPeers peer(1);
  OwedCount owed{0}, none{0};
  HttpLoop loop(Reach({peer.origin(0)}, "{}"), {}, owed, none);
  loop.submit(std::vector<wire::HttpRequest>(100, get(peer.origin(0) + "/large")), std::make_shared<Nobody>());
  REQUIRE(peer.wait([&] { return !peer.lines.empty(); }));
  peer.answer_one();  // now it is known which HTTP the peer speaks, and a row of them leaves
  REQUIRE(peer.wait([&] { return peer.lines.size() > 16; }));
  loop.submit({get(peer.origin(0) + "/small")}, std::make_shared<Nobody>());
  for (int i = 0; i < 2; ++i) peer.answer_one();  // each makes room for one at least; the large batch waits for more
  CHECK(peer.wait([&] { return std::count(peer.lines.begin(), peer.lines.end(), "GET /small HTTP/1.1") == 1; }));
  loop.close();
}

}  // namespace vestitel::test
