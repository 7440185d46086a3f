// The two things that a sink with a protocol of its own needs of the machine, behind interfaces: byte streams and a
// clock that can wait. The real ones are sockets and poll(2); the tests have scripted ones and never wait.
#pragma once
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::sinks {

enum class Connected { pending, done, failed };

struct IoResult {
  enum class Kind { done, again, ended };
  Kind kind;
  std::size_t size = 0;
};

// One connection; never blocks. Closed by the destructor.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual Connected connected() = 0;
  virtual IoResult read(char* into, std::size_t cap) = 0;
  virtual IoResult write(std::string_view bytes) = 0;
};

struct Interest {
  Stream* stream;
  bool write;  // there are bytes to write
  bool ready;  // set by wait()
};

class Network {
 public:
  virtual ~Network() = default;
  virtual std::int64_t now_us() = 0;  // monotonic
  // Starts a connection to the configured peer; null when its name does not resolve.
  virtual std::unique_ptr<Stream> connect() = 0;
  // Returns when a stream may go on, and at `until_us` at the latest; may return early. Marks those that may go on.
  virtual void wait(std::vector<Interest>& interests, std::int64_t until_us) = 0;
  // Ends a wait that runs, or the next one. [any], unlike the rest.
  virtual void wake() {}
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// What the sockets need to know. `connect_us` is for all addresses of the peer together: each has an even share of what
// is left of it, and one that fails or does not answer in its share is tried last by the connections after this one.
struct PollSettings {
  std::function<std::vector<Address>()> resolve;
  std::function<std::int64_t()> now_us;
  std::int64_t connect_us;
  // Where this process may look up no name and make no socket: a connected one from the host, or -1. May be empty.
  std::function<int()> borrow = {};
};

std::unique_ptr<Network> poll_network(PollSettings settings);
// With the resolver and the clock of the machine.
std::unique_ptr<Network> poll_network(std::string host, std::uint16_t port, std::int64_t connect_us,
                                      std::function<int()> borrow = {});

}  // namespace vestitel::sinks
