// TLS, against a server that the project did not write.
#include <sys/wait.h>
#include <unistd.h>
#include <vestitel/abi_services.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

#include "core/plugin/outside/http_client.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {
namespace {

class TlsPeer {
 public:
  TlsPeer() {
    int in[2], out[2];
    REQUIRE(::pipe(in) == 0);
    REQUIRE(::pipe(out) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      for (int fd = 3; fd < 256; ++fd) ::close(fd);
      ::execl("/usr/bin/python3", "python3", "-B", TEST_TLS_PEER, folder_.file("").c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    hold_ = in[1];
    std::string line;
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(out[0]);
    REQUIRE_THAT(line, Catch::StartsWith("port "));
    port = std::stoi(line.substr(5));
  }
  ~TlsPeer() {
    ::close(hold_);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream in(file(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  int port = 0;

 private:
  TempFolder folder_;
  pid_t pid_ = -1;
  int hold_ = -1;
};

class OneAnswer final : public HttpReceiver {
 public:
  bool starting(std::uint32_t) override { return started = true; }
  bool answered(std::uint32_t, wire::HttpAnswer answer) override {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    return true;
  }
  void finished() override {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_one();
  }
  wire::HttpAnswer wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finished_; });
    return answer_;
  }
  bool started = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  wire::HttpAnswer answer_;
  bool finished_ = false;
};

struct Asked {
  wire::HttpAnswer answer;
  bool started = false;
};

// The name that is asked for is found at the peer.
Asked ask(const TlsPeer& peer, const std::string& host, bool trust, wire::HttpRequest request = {}) {
  const std::string port = std::to_string(peer.port);
  HttpOptions options;
  if (trust) options.ca_file = peer.file("ca.pem");
  options.connect_to = {host + ":443:127.0.0.1:" + port};
  const auto client = make_http_client(Reach({host + ":443"}, "{}"), options);
  request.method = "GET";
  if (request.url.empty()) request.url = "https://" + host + "/";
  request.message = 0;
  const auto receiver = std::make_shared<OneAnswer>();
  client->submit({request}, receiver);
  Asked out;
  out.answer = receiver->wait();
  client->close();
  out.started = receiver->started;
  return out;
}

}  // namespace

TEST_CASE("a certificate has to be of the name that is asked for and of an authority that is believed", "[outside]") {
  const TlsPeer peer;
  const auto right = ask(peer, "right.example.test", true);
  CHECK(right.answer.reason.empty());
  CHECK(right.answer.rc == VESTITEL_OK);
  CHECK(right.answer.status == 200);
  CHECK(right.answer.body == "client none");
  CHECK(right.started);
  const auto stranger = ask(peer, "right.example.test", false);
  CHECK(stranger.answer.rc == VESTITEL_E_CONFIG);
  CHECK_FALSE(stranger.answer.sent);
  CHECK_FALSE(stranger.started);
  const auto other = ask(peer, "wrong.example.test", true);
  CHECK(other.answer.rc == VESTITEL_E_CONFIG);
  CHECK_FALSE(other.answer.sent);
}

TEST_CASE("a client certificate is shown where the request names one", "[outside]") {
  const TlsPeer peer;
  wire::HttpRequest request;
  request.client_certificate = peer.text("client.pem");
  request.client_key = peer.text("client.key");
  const auto shown = ask(peer, "right.example.test", true, request);
  CHECK(shown.answer.reason.empty());
  CHECK(shown.answer.body == "client client");
  request.client_key = "no key";
  const auto broken = ask(peer, "right.example.test", true, request);
  CHECK(broken.answer.rc == VESTITEL_E_CONFIG);
  CHECK_FALSE(broken.answer.sent);
}

TEST_CASE("an answer that comes too late may have taken effect", "[outside]") {
  const TlsPeer peer;
  wire::HttpRequest request;
  request.url = "https://right.example.test/late";
  request.timeout_ms = 300;
  const auto late = ask(peer, "right.example.test", true, request);
  CHECK(late.answer.rc == VESTITEL_E_RETRY);
  CHECK(late.answer.sent);
  CHECK(late.answer.status == 0);
}

// By a wildcard a stranger chooses the address behind a name: it must not lead into our own network.
TEST_CASE("a name that only a wildcard grants does not lead to an address of our own", "[outside]") {
  const TlsPeer peer;
  HttpOptions options;
  options.ca_file = peer.file("ca.pem");
  options.connect_to = {"right.example.test:443:127.0.0.1:" + std::to_string(peer.port)};
  const auto client = make_http_client(Reach({"*.example.test:443"}, "{}"), options);
  wire::HttpRequest request;
  request.method = "GET";
  request.url = "https://right.example.test/";
  request.message = VESTITEL_HTTP_NO_MESSAGE;
  const auto receiver = std::make_shared<OneAnswer>();
  client->submit({request}, receiver);
  const auto answer = receiver->wait();
  client->close();
  CHECK(answer.rc == VESTITEL_E_DENIED);
  CHECK_FALSE(answer.sent);
}

}  // namespace vestitel::test
