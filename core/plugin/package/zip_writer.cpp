#include <zlib.h>

#include <utility>

#include "core/plugin/package/zip.hpp"
#include "core/plugin/package/zip_form.hpp"

namespace vestitel {

namespace {

std::string deflated(std::string_view content) {
  z_stream stream{};
  constexpr int kMemory = 9;
  if (::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(::deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int rc = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (rc != Z_STREAM_END) throw std::bad_alloc();
  return out;
}

}  // namespace

ZipPiece zip_piece(std::string name, std::uint32_t mode, std::string content, bool deflate) {
  ZipPiece piece;
  ZipEntry& entry = piece.entry;
  entry.name = std::move(name);
  entry.mode = mode;
  entry.size = content.size();
  entry.crc = static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
  if (deflate) piece.data = deflated(content);
  entry.deflated = deflate && piece.data.size() < content.size();
  if (!entry.deflated) piece.data = std::move(content);
  entry.packed = piece.data.size();
  return piece;
}

Result<> ZipWriter::put(std::string_view bytes) {
  at_ += bytes.size();
  return to_(bytes);
}

Result<> ZipWriter::add(const ZipPiece& piece) {
  const std::uint64_t local_at = at_;
  if (auto done = put(zip_form::local_header(piece.entry)); !done) return done;
  if (auto done = put(piece.data); !done) return done;
  written_.emplace_back(piece.entry, local_at);
  return Done{};
}

Result<> ZipWriter::copy(const ZipFile& from, const ZipEntry& entry) {
  const std::uint64_t local_at = at_;
  if (auto done = put(zip_form::local_header(entry)); !done) return done;
  if (auto done = from.packed(entry, [this](std::string_view bytes) { return put(bytes); }); !done) return done;
  written_.emplace_back(entry, local_at);
  return Done{};
}

Result<> ZipWriter::finish() {
  const std::uint64_t central_at = at_;
  for (const auto& [entry, local_at] : written_)
    if (auto done = put(zip_form::central_header(entry, local_at)); !done) return done;
  return put(zip_form::end_record(written_.size(), at_ - central_at, central_at));
}

}  // namespace vestitel
