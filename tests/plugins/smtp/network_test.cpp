// The real sockets against listeners of this machine, by a clock that the test moves.
#include "plugins/sinks/common/network.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cstring>

namespace vestitel::sinks::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

struct Socket {
  explicit Socket(int flags = 0) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)) { REQUIRE(fd >= 0); }
  ~Socket() { ::close(fd); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  const int fd;
};

// A port of `host` that nobody listens on.
struct Refusing {
  explicit Refusing(const char* host) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    REQUIRE(inet_pton(AF_INET, host, &in.sin_addr) == 1);
    REQUIRE(::bind(socket.fd, reinterpret_cast<const sockaddr*>(&in), sizeof in) == 0);
    address.size = sizeof in;
    REQUIRE(::getsockname(socket.fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size) == 0);
  }
  Socket socket{SOCK_NONBLOCK};
  Address address;
};

struct Listening : Refusing {
  explicit Listening(const char* host, int queue = 16) : Refusing(host) { REQUIRE(::listen(socket.fd, queue) == 0); }
  // Somebody had connected.
  bool taken() const {
    const int fd = ::accept(socket.fd, nullptr, nullptr);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
  }
};

// Its queue is full: the kernel drops every further attempt, as a network without a way there does.
struct BlackHole : Listening {
  explicit BlackHole(const char* host) : Listening(host, 0) {
    REQUIRE(::connect(first.fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0);
  }
  Socket first;
};

struct Rig {
  explicit Rig(std::vector<Address> peers) : addresses(std::move(peers)) {}
  // One wait for the machine's word, then what it said.
  Connected after_wait(Stream& stream) {
    std::vector<Interest> one{{&stream, false, false}};
    network->wait(one, now + 50'000);
    return stream.connected();
  }
  // As many as it takes.
  Connected settled(Stream& stream) {
    for (int round = 0; round < 100 && stream.connected() == Connected::pending; ++round) after_wait(stream);
    return stream.connected();
  }
  std::vector<Address> addresses;
  std::int64_t now = 0;
  std::unique_ptr<Network> network = poll_network({[this] { return addresses; }, [this] { return now; }, 6 * kSecond});
};

}  // namespace

TEST_CASE("an address that does not answer has its share of the wait, then the next is tried", "[smtp][network]") {
  const BlackHole hole("127.0.0.2"), other_hole("127.0.0.3");
  const Listening good("127.0.0.4");
  Rig rig({hole.address, other_hole.address, good.address});
  const auto stream = rig.network->connect();
  rig.now = 2 * kSecond - 1;
  CHECK(stream->connected() == Connected::pending);
  rig.now = 2 * kSecond;  // a third of the whole wait
  CHECK(stream->connected() == Connected::pending);
  CHECK_FALSE(good.taken());
  rig.now = 4 * kSecond;
  CHECK(rig.settled(*stream) == Connected::done);
  CHECK(good.taken());
  SECTION("and the connections after it begin with the one that answered") {
    const auto next = rig.network->connect();
    CHECK(rig.settled(*next) == Connected::done);
    CHECK(good.taken());
  }
  SECTION("also when the name is looked up again and has not changed") {
    rig.now += 3600 * kSecond;
    const auto next = rig.network->connect();
    CHECK(rig.settled(*next) == Connected::done);
    CHECK(good.taken());
  }
}

TEST_CASE("a wait ends when an address has had its share", "[smtp][network]") {
  const BlackHole hole("127.0.0.2");
  const Listening good("127.0.0.3");
  Rig rig({hole.address, good.address});
  const auto stream = rig.network->connect();
  rig.now = 3 * kSecond;
  std::vector<Interest> one{{stream.get(), false, false}};
  rig.network->wait(one, rig.now + 3600 * kSecond);  // would poll for an hour
  CHECK(rig.settled(*stream) == Connected::done);
}

TEST_CASE("what a refused address leaves of its share goes to the others", "[smtp][network]") {
  const Refusing refusing("127.0.0.2");
  const BlackHole hole("127.0.0.3");
  const Listening good("127.0.0.4");
  Rig rig({refusing.address, hole.address, good.address});
  const auto stream = rig.network->connect();
  CHECK(rig.after_wait(*stream) == Connected::pending);  // refused at once; the hole has half of the whole
  rig.now = 3 * kSecond - 1;
  CHECK(stream->connected() == Connected::pending);
  CHECK_FALSE(good.taken());
  rig.now = 3 * kSecond;
  CHECK(rig.settled(*stream) == Connected::done);
  CHECK(good.taken());
}

TEST_CASE("where no address answers the connection fails, and the next begins behind the last one tried",
          "[smtp][network]") {
  const Refusing a("127.0.0.2"), b("127.0.0.3");
  Rig refused({a.address, b.address});
  const auto none = refused.network->connect();
  CHECK(refused.settled(*none) == Connected::failed);

  const BlackHole hole("127.0.0.4");
  const Listening good("127.0.0.5");
  Rig rig({hole.address, good.address});
  rig.addresses = {hole.address};
  const auto alone = rig.network->connect();
  rig.now = 6 * kSecond;
  CHECK(alone->connected() == Connected::pending);  // the owner's deadline says when it is over
  rig.addresses = {hole.address, good.address};
  rig.now += 61 * kSecond;
  const auto next = rig.network->connect();
  rig.now += 3 * kSecond;
  CHECK(rig.settled(*next) == Connected::done);
}

}  // namespace vestitel::sinks::test
