#include "core/base/inflate.hpp"

#include <zlib.h>

#include <array>
#include <new>

namespace vestitel {
namespace {

constexpr int kGzipWindow = 16;  // added to the bits of the window: gzip's header and trailer are asked for

}  // namespace

struct Inflater::State {
  z_stream stream{};
  std::array<char, 64UL * 1024> buffer{};
  std::uint64_t packed = 0, unpacked = 0;
  Form form = Form::kRaw;
  bool ended = false;
};

Inflater::Inflater(Form form) : state_(std::make_unique<State>()) {
  state_->form = form;
  const int window = form == Form::kGzip ? MAX_WBITS + kGzipWindow : -MAX_WBITS;
  if (::inflateInit2(&state_->stream, window) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() { ::inflateEnd(&state_->stream); }

void Inflater::give(std::string_view packed) {
  state_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  state_->stream.avail_in = static_cast<uInt>(packed.size());
}

bool Inflater::next(std::string_view& piece) {
  z_stream& stream = state_->stream;
  piece = {};
  while (piece.empty()) {
    if (state_->ended && stream.avail_in > 0) {
      if (state_->form != Form::kGzip || ::inflateReset(&stream) != Z_OK) return false;
      state_->ended = false;
    }
    if (state_->ended) return true;
    const uInt before = stream.avail_in;
    stream.next_out = reinterpret_cast<Bytef*>(state_->buffer.data());
    stream.avail_out = static_cast<uInt>(state_->buffer.size());
    const int rc = ::inflate(&stream, Z_NO_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) return false;
    state_->ended = rc == Z_STREAM_END;
    piece = {state_->buffer.data(), state_->buffer.size() - stream.avail_out};
    state_->packed += before - stream.avail_in;
    state_->unpacked += piece.size();
    if (piece.empty() && stream.avail_in == 0) return true;
    if (rc == Z_BUF_ERROR) return false;  // there are bytes, and nothing comes of them
  }
  return true;
}

bool Inflater::complete() const { return state_->ended && state_->stream.avail_in == 0; }
std::uint64_t Inflater::packed() const { return state_->packed; }
std::uint64_t Inflater::unpacked() const { return state_->unpacked; }

std::uint32_t crc32_on(std::uint32_t so_far, std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(so_far, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace vestitel
