// The provider that a sink is given in a check: an SMTP or HTTP server on loopback that answers as the scene says and
// keeps what it took. One thread, all connections. Lives as long as the check's process.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/owned_fd.hpp"

namespace vestitel::check {

// What one connection has come to.
struct Line {
  std::string in, out;  // not yet read, not yet sent
  bool greeted = false, in_data = false, close = false;
  bool slow = false;  // what is in `out` leaves a byte at a time
  bool mute = false;  // nothing is answered any more
  bool recipient = false;
  std::string data;  // of the message under way
};

class Peer {
 public:
  // kind: "smtp" or "http". Null: no socket to be had.
  static std::unique_ptr<Peer> start(const std::string& kind);
  ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int closed_port() const { return closed_port_; }  // nothing listens there
  void play(const std::string& scene);
  [[nodiscard]] std::vector<std::string> taken() const;  // messages that it took, as they came
  [[nodiscard]] std::string wire() const;                // all it was ever sent
  [[nodiscard]] std::size_t lines() const;               // connections that are open

 private:
  explicit Peer(std::string kind) : kind_(std::move(kind)) {}
  bool listen();
  void run();
  void step(int fd, Line& line);
  void answer(Line& line);
  bool send(int fd, Line& line);

  const std::string kind_;
  int port_ = 0, closed_port_ = 0;
  OwnedFd listener_, closed_;
  mutable std::mutex mutex_;  // all below
  std::string scene_ = "ok", wire_;
  std::vector<std::string> taken_;
  std::map<int, Line> lines_;
};

// Takes what it can from line.in, answers into line.out; appends whole messages to `taken`. Pure.
void answer_smtp(const std::string& scene, Line& line, std::vector<std::string>& taken);
void answer_http(const std::string& scene, Line& line, std::vector<std::string>& taken);

}  // namespace vestitel::check
