// One connection to the centre: a byte stream, with TLS over it or without. Moves bytes; knows no SMPP.
#pragma once
#include <memory>
#include <string>

#include "plugins/sinks/common/network.hpp"
#include "plugins/sinks/common/tls.hpp"
#include "plugins/sinks/smpp/link.hpp"

namespace vestitel::smpp {

class Wire {
 public:
  // Borrows `tls`, null: plaintext.
  Wire(std::unique_ptr<sinks::Stream> stream, const sinks::TlsContext* tls);

  // Becomes true once what is sent goes to the centre and nobody else; on a failure `fault` says so.
  bool open(Fault& fault);
  // What has come; on an end `fault` says so, behind the last bytes.
  std::string read(Fault& fault);
  void write(std::string_view plain, Fault& fault);
  void flush();

  bool wants_write() const { return at_ < raw_.size(); }
  sinks::Stream* stream() const { return stream_.get(); }

 private:
  std::string received(Fault& fault);
  std::string decrypted(std::string_view cipher, Fault& fault);

  const std::unique_ptr<sinks::Stream> stream_;
  std::unique_ptr<sinks::Tls> tls_;
  std::string raw_;  // on its way to the socket
  std::size_t at_ = 0;
  std::string early_;  // came behind the last flight of the handshake
  bool connected_ = false, open_ = false;
};

}  // namespace vestitel::smpp
