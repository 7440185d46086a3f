// An SMPP message centre on loopback that takes everything at once and counts: what both sides of `bench_sinks.py
// --only smpp` send to. It reads as much as has come, answers it in one write, and does nothing else, so that it is not
// the limit.
//
//   message_centre PORT FILE
//
// FILE: three numbers of 64 bits that it maps: the parts that it answered, the octets of their bodies, and, written by
// whoever measures, 1 as long as no part is to be answered yet. Sessions are bound and asked after all the same.
// Fields: SMPP 3.4, 3.2 and 4.1 to 4.11.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::uint32_t kResponse = 0x80000000, kSubmit = 4, kUnbind = 6, kEnquire = 0x15;
constexpr std::uint32_t kBinds[] = {1, 2, 9};
constexpr std::size_t kHead = 16, kMost = std::size_t{64} * 1024;

struct Shared {
  std::atomic<std::uint64_t> parts, octets, held;
};

struct Session {
  std::string in, out, later;  // later: the answers that are held
  std::uint64_t parts = 0, octets = 0;
};

std::uint32_t word(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return ntohl(value);
}

std::string pdu(std::uint32_t command, std::uint32_t sequence, const std::string& body) {
  const std::array<std::uint32_t, 4> head{htonl(static_cast<std::uint32_t>(kHead + body.size())), htonl(command), 0,
                                          htonl(sequence)};
  return std::string(reinterpret_cast<const char*>(head.data()), kHead) + body;
}

void answer(Session& session, std::uint32_t command, std::uint32_t sequence, std::size_t length, std::uint64_t& ids) {
  std::array<char, 24> id{};
  if (command == kSubmit) {
    const int size = std::snprintf(id.data(), id.size(), "%llX", static_cast<unsigned long long>(++ids));
    session.later += pdu(command | kResponse, sequence, std::string(id.data(), static_cast<std::size_t>(size) + 1));
    ++session.parts;
    session.octets += length - kHead;
    return;
  }
  const bool binds = std::find(std::begin(kBinds), std::end(kBinds), command) != std::end(kBinds);
  if (binds) session.out += pdu(command | kResponse, sequence, std::string("CENTRE\0", 7));
  if (command == kUnbind || command == kEnquire) session.out += pdu(command | kResponse, sequence, {});
}

// Takes every whole PDU. False: this is not SMPP.
bool take(Session& session, std::uint64_t& ids) {
  std::size_t at = 0;
  while (session.in.size() - at >= kHead) {
    const std::size_t length = word(session.in, at);
    if (length < kHead || length > kMost) return false;
    if (session.in.size() - at < length) break;
    answer(session, word(session.in, at + 4), word(session.in, at + 12), length, ids);
    at += length;
  }
  session.in.erase(0, at);
  return true;
}

bool write_all(int line, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t put = send(line, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (put <= 0) return false;
    at += static_cast<std::size_t>(put);
  }
  return true;
}

bool let_out(int line, Session& session, Shared& shared) {
  if (shared.held.load() == 0) {
    session.out += std::exchange(session.later, {});
    shared.octets += std::exchange(session.octets, 0);
    shared.parts += std::exchange(session.parts, 0);
  }
  return write_all(line, std::exchange(session.out, {}));
}

int listen_at(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(listener, 16) != 0) return -1;
  return listener;
}

Shared* shared_at(const char* path) {
  const int file = open(path, O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) return nullptr;
  void* at = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return at == MAP_FAILED ? nullptr : static_cast<Shared*>(at);
}

// False: the session is over.
bool serve(int line, Session& session, bool ready, Shared& shared, std::uint64_t& ids) {
  static std::array<char, kMost> buffer;
  if (ready) {
    const ssize_t got = recv(line, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    session.in.append(buffer.data(), static_cast<std::size_t>(got));
    if (!take(session, ids)) return false;
  }
  return let_out(line, session, shared);
}

void run(int listener, Shared& shared) {
  constexpr int kLookAgain = 1;  // ms, whether the answers are still held
  std::map<int, Session> sessions;
  std::uint64_t ids = 0;
  for (;;) {
    std::vector<pollfd> all{{listener, POLLIN, 0}};
    for (const auto& [line, session] : sessions) all.push_back({line, POLLIN, 0});
    poll(all.data(), all.size(), shared.held.load() != 0 ? kLookAgain : -1);
    if (all.front().revents != 0) {
      const int line = accept(listener, nullptr, nullptr);
      const int yes = 1;
      setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      if (line >= 0) sessions[line];
    }
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (serve(all[i].fd, sessions[all[i].fd], all[i].revents != 0, shared, ids)) continue;
      sessions.erase(all[i].fd);
      close(all[i].fd);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Shared* shared = shared_at(argv[2]);
  const int listener = listen_at(static_cast<std::uint16_t>(std::atoi(argv[1])));
  if (shared == nullptr || listener < 0) return 1;
  run(listener, *shared);
}
