// ZIP files as a test wants them, whole or broken.
#pragma once
#include <zlib.h>

#include <string>
#include <vector>

namespace vestitel::test {

inline std::string packed(const std::string& content, int window) {
  z_stream stream{};
  ::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}
inline std::string gzip(const std::string& content) { return packed(content, MAX_WBITS + 16); }

struct ZipFileOf {
  std::string name = "a.xml", content = "<a/>";
  bool deflate = true, sizes_behind = false;
  unsigned flags = 0;
  std::string local_name = name;  // what the header before the data says
};

inline std::string zip(const std::vector<ZipFileOf>& files, const std::string& comment = "") {
  std::string out, directory;
  const auto put = [](std::string& to, unsigned long value, int bytes) {
    for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  for (const ZipFileOf& file : files) {
    const std::string data = file.deflate ? packed(file.content, -MAX_WBITS) : file.content;
    const unsigned long crc =
        ::crc32(0, reinterpret_cast<const Bytef*>(file.content.data()), static_cast<uInt>(file.content.size()));
    const unsigned flags = file.flags | (file.sizes_behind ? 8U : 0U);
    const auto common = [&](std::string& to, const std::string& name, bool sizes) {
      put(to, 20, 2);
      put(to, flags, 2);
      put(to, file.deflate ? 8 : 0, 2);
      put(to, 0, 4);
      put(to, sizes ? crc : 0, 4);
      put(to, sizes ? data.size() : 0, 4);
      put(to, sizes ? file.content.size() : 0, 4);
      put(to, name.size(), 2);
      put(to, 0, 2);
    };
    const std::size_t at = out.size();
    put(out, 0x04034b50, 4);
    common(out, file.local_name, !file.sizes_behind);
    out += file.local_name + data;
    if (file.sizes_behind) {
      put(out, 0x08074b50, 4);
      put(out, crc, 4);
      put(out, data.size(), 4);
      put(out, file.content.size(), 4);
    }
    put(directory, 0x02014b50, 4);
    put(directory, 20, 2);
    common(directory, file.name, true);
    put(directory, 0, 2 + 2 + 2 + 4);
    put(directory, at, 4);
    directory += file.name;
  }
  const std::size_t at = out.size();
  out += directory;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, files.size(), 2);
  put(out, files.size(), 2);
  put(out, directory.size(), 4);
  put(out, at, 4);
  put(out, comment.size(), 2);
  return out + comment;
}

}  // namespace vestitel::test
