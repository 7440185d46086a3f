// One connection to an IMAP server that is waited for: a command goes out, its answer comes back, within one time limit
// for all. What fails throws Error::retry. Of one thread.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/common/network.hpp"
#include "plugins/sinks/common/tls.hpp"
#include "plugins/sinks/smtp/imap_reply.hpp"

namespace vestitel::smtp {

struct ImapAnswer {
  bool ok = false;                   // the tagged response is OK
  std::string line;                  // the tagged response; may quote anything: never log it
  std::vector<ImapReply> responses;  // untagged ones before it
};

class ImapLink {
 public:
  static constexpr std::size_t kMostResponses = 10'000;             // to one command
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // of one connection

  // Connects and shakes hands; `tls` null: plaintext. Borrows everything. Nothing is waited for after `until_us` of
  // `network`, nor once `cancelled` says so.
  ImapLink(sinks::Network& network, const sinks::TlsContext* tls, std::int64_t until_us,
           std::function<bool()> cancelled);

  // The server's first word: true where it asks for a login.
  void greet();
  // `text` without tag and line end.
  ImapAnswer command(std::string_view text);
  // The last word; nothing is waited for.
  void leave();

 private:
  void connect();
  void shake();
  void wait(bool write);
  void send(std::string_view plain);
  void flush();
  void receive();  // at least a byte into in_
  ImapReply next();

  sinks::Network& network_;
  const std::int64_t until_us_;
  const std::function<bool()> cancelled_;
  std::unique_ptr<sinks::Stream> stream_;
  std::optional<sinks::Tls> tls_;
  ImapParser parser_;
  std::string in_, out_;  // plain bytes read and not parsed; bytes for the wire
  std::size_t in_at_ = 0, received_ = 0;
  unsigned tags_ = 0;
};

}  // namespace vestitel::smtp
