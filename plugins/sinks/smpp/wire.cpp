#include "plugins/sinks/smpp/wire.hpp"

#include <array>
#include <utility>

namespace vestitel::smpp {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{256} * 1024;  // before other links get their turn

}  // namespace

using sinks::Connected;
using sinks::IoResult;
using sinks::Tls;

Wire::Wire(std::unique_ptr<sinks::Stream> stream, const sinks::TlsContext* tls)
    : stream_(std::move(stream)), tls_(tls == nullptr ? nullptr : std::make_unique<Tls>(*tls)) {}

bool Wire::open(Fault& fault) {
  if (open_) return true;
  if (!connected_) {
    const Connected state = stream_->connected();
    if (state == Connected::failed) fault = Fault::lost;
    if (state != Connected::done) return false;
    connected_ = true;
    if (tls_ != nullptr) decrypted({}, fault);
  }
  if (tls_ == nullptr) return open_ = true;
  early_ += decrypted(received(fault), fault);
  return open_;
}

std::string Wire::received(Fault& fault) {
  std::string out;
  std::array<char, std::size_t{16} * 1024> buffer;
  while (out.size() < kMostAtOnce) {
    const IoResult got = stream_->read(buffer.data(), buffer.size());
    if (got.kind == IoResult::Kind::ended) fault = Fault::lost;
    if (got.kind != IoResult::Kind::done) break;
    out.append(buffer.data(), got.size);
    if (got.size < buffer.size()) break;
  }
  return out;
}

std::string Wire::decrypted(std::string_view cipher, Fault& fault) {
  std::string plain;
  tls_->feed(cipher);
  Tls::State state = tls_->step(plain);
  if (state == Tls::State::ready && !std::exchange(open_, true)) state = tls_->step(plain);
  raw_ += tls_->take_cipher();
  if (state == Tls::State::failed) fault = tls_->bad_certificate() ? Fault::bad_certificate : Fault::tls_failed;
  if (state == Tls::State::ended) fault = Fault::lost;
  flush();
  return plain;
}

std::string Wire::read(Fault& fault) {
  std::string got = received(fault);
  return tls_ == nullptr ? got : std::exchange(early_, {}) + decrypted(got, fault);
}

void Wire::write(std::string_view plain, Fault& fault) {
  if (tls_ == nullptr) {
    raw_ += plain;
  } else if (!tls_->seal(plain)) {
    fault = Fault::tls_failed;
  } else {
    raw_ += tls_->take_cipher();
  }
  flush();
}

void Wire::flush() {
  while (wants_write()) {
    const IoResult put = stream_->write(std::string_view(raw_).substr(at_));
    if (put.kind != IoResult::Kind::done) return;  // an ended stream is noticed by read(), behind the last answer
    at_ += put.size;
  }
  raw_.clear();
  at_ = 0;
}

}  // namespace vestitel::smpp
