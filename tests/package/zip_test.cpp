// The one form of ZIP that is read: everything else is refused with a reason of its own.
#include "core/plugin/package/zip.hpp"

#include <catch2/catch.hpp>

#include "core/plugin/package/zip_form.hpp"
#include "tests/package/package_rig.hpp"

namespace vestitel::test {
namespace {

struct Made {
  std::string name = "a", content = "content";
  std::uint32_t mode = S_IFREG | 0644;
  bool deflate = false;
};

std::string zip_of(const std::vector<Made>& all) {
  std::string out;
  ZipWriter zip([&](std::string_view bytes) { return out += bytes, Done{}; });
  for (const auto& one : all) PackageRig::must(zip.add(zip_piece(one.name, one.mode, one.content, one.deflate)));
  PackageRig::must(zip.finish());
  return out;
}

std::string read(const std::string& bytes, const ZipLimits& limits = {}) {
  TempFolder folder;
  write_file(folder / "z", bytes);
  const auto file = open_plain_file(folder / "z");
  const auto zip = ZipFile::read(file->get(), limits);
  if (!zip) return reason_of(zip.error());
  std::string out;
  for (const auto& entry : zip->entries()) {
    out += entry.name + "=";
    const auto done = zip->unpack(entry, [&](std::string_view more) { return out += more, Done{}; });
    if (!done) return reason_of(done.error());
    out += ";";
  }
  return out;
}

// The zip of one entry with what its headers say of it replaced.
std::string forged(const std::function<void(ZipEntry&)>& forge, const std::string& content = "content",
                   bool deflate = false) {
  ZipPiece piece = zip_piece("a", S_IFREG | 0644, content, deflate);
  forge(piece.entry);
  std::string out = zip_form::local_header(piece.entry) + piece.data;
  const std::size_t at = out.size();
  out += zip_form::central_header(piece.entry, 0);
  return out + zip_form::end_record(1, out.size() - at, at);
}

}  // namespace

TEST_CASE("what is packed is read back, stored or deflated", "[package]") {
  CHECK(read(zip_of({})) == "");
  CHECK(read(zip_of({{"a", "one"}, {"b/c", ""}, {"d", std::string(1000, 'x'), S_IFREG | 0755, true}})) ==
        "a=one;b/c=;d=" + std::string(1000, 'x') + ";");
  SeededRandom random(3);
  std::string noise(300'000, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
  CHECK(read(zip_of({{"n", noise + std::string(300'000, 'y'), S_IFREG | 0644, true}})) ==
        "n=" + noise + std::string(300'000, 'y') + ";");
}

TEST_CASE("a package holds plain files of plain names alone", "[package]") {
  struct Case {
    const char *name, *path;
    std::uint32_t mode;
    const char* why;
  };
  const auto c = GENERATE(values<Case>({
      {"an absolute path", "/etc/passwd", S_IFREG | 0644, "unsafe-path"},
      {"a way up", "../a", S_IFREG | 0644, "unsafe-path"},
      {"a way up inside", "a/../../b", S_IFREG | 0644, "unsafe-path"},
      {"a way up at the end", "a/..", S_IFREG | 0644, "unsafe-path"},
      {"a dot", "./a", S_IFREG | 0644, "unsafe-path"},
      {"two slashes", "a//b", S_IFREG | 0644, "unsafe-path"},
      {"a folder", "a/", S_IFREG | 0644, "unsafe-path"},
      {"a backslash", "a\\..\\b", S_IFREG | 0644, "unsafe-path"},
      {"a line break", "a\nb", S_IFREG | 0644, "unsafe-path"},
      {"letters beyond ASCII", "\xD0\xB0", S_IFREG | 0644, "unsafe-path"},
      {"a symlink", "a", S_IFLNK | 0777, "symlink"},
      {"a device", "a", S_IFBLK | 0644, "symlink"},
      {"no type at all", "a", 0644, "symlink"},
      {"set-user-id", "a", S_IFREG | 04755, "unsafe-mode"},
      {"set-group-id", "a", S_IFREG | 02755, "unsafe-mode"},
      {"sticky", "a", S_IFREG | 01644, "unsafe-mode"},
      {"writable by others", "a", S_IFREG | 0646, "unsafe-mode"},
      {"writable by the group", "a", S_IFREG | 0664, "unsafe-mode"},
      {"readable by nobody", "a", S_IFREG | 0000, "unsafe-mode"},
      {"as it should be", "a", S_IFREG | 0644, "a=content;"},
  }));
  CAPTURE(c.name);
  CHECK(read(zip_of({{c.path, "content", c.mode, false}})) == c.why);
}

TEST_CASE("a name stands once in a package", "[package]") {
  CHECK(read(zip_of({{"a", "1"}, {"b", "2"}, {"a", "3"}})) == "duplicate-name");
}

TEST_CASE("a bomb is refused before it is unpacked", "[package]") {
  ZipLimits small;
  small.unpacked = 1'000'000;
  small.entries = 3;
  small.file = 100'000;
  CHECK(read(zip_of({{"a", std::string(3'000'000, '0'), S_IFREG | 0644, true}})) == "too-large");
  // Below the ratio, above the sum.
  const std::string half(600'000, 'x');
  SeededRandom random(5);
  std::string noise(7'000, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
  CHECK(read(zip_of({{"a", noise + half, S_IFREG | 0644, true}, {"b", noise + half, S_IFREG | 0644, true}}), small) ==
        "too-large");
  CHECK(read(zip_of({{"a", noise + half, S_IFREG | 0644, true}}), small).starts_with("a="));
  CHECK(read(zip_of({{"a"}, {"b"}, {"c"}, {"d"}}), small) == "too-large");
  CHECK(read(zip_of({{"a", noise + noise + std::string(100'000, 'y')}}), small) == "too-large");
  // A size that lies: the headers say less, or more, than comes out.
  CHECK(read(forged([](ZipEntry& e) { e.size = 10; }, std::string(1'000, 'z'), true)) == "changed-file");
  CHECK(read(forged([](ZipEntry& e) { e.size = 5'000; }, std::string(1'000, 'z'), true)) == "changed-file");
}

TEST_CASE("content has its checksum", "[package]") {
  CHECK(read(forged([](ZipEntry& e) { e.crc ^= 1; })) == "changed-file");
  CHECK(read(forged([](ZipEntry& e) { e.crc ^= 1; }, std::string(1'000, 'z'), true)) == "changed-file");
}

TEST_CASE("bytes behind the end of a deflated stream are refused", "[package]") {
  ZipPiece piece = zip_piece("a", S_IFREG | 0644, std::string(1'000, 'z'), true);
  piece.data += "more";
  piece.entry.packed += 4;
  std::string out = zip_form::local_header(piece.entry) + piece.data;
  const std::size_t at = out.size();
  out += zip_form::central_header(piece.entry, 0);
  CHECK(read(out + zip_form::end_record(1, out.size() - at, at)) == "changed-file");
}

TEST_CASE("nothing stands before, between or behind", "[package]") {
  const std::string good = zip_of({{"a", "one"}, {"b", "two"}});
  CHECK(read("x" + good) == "not-a-package");
  CHECK(read(good + "x") == "not-a-package");
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    CHECK(read(good.substr(0, n)) == "not-a-package");
  }
  CHECK(read("") == "not-a-package");
  CHECK(read(std::string(100'000, '\0')) == "not-a-package");
}

TEST_CASE("no byte of the file is without meaning", "[package]") {
  const std::string good = zip_of({{"a", "one"}, {"b", std::string(200, 'z'), S_IFREG | 0644, true}});
  // The mode stands in the directory alone; the manifest, not the ZIP, says which it is.
  std::vector<std::size_t> modes;
  for (std::size_t at = good.find("PK\x01\x02"); at != std::string::npos; at = good.find("PK\x01\x02", at + 1))
    modes.insert(modes.end(), {at + 40, at + 41});
  REQUIRE(modes.size() == 4);
  for (std::size_t at = 0; at < good.size(); ++at) {
    if (std::find(modes.begin(), modes.end(), at) != modes.end()) continue;
    std::string bad = good;
    for (int byte = 1; byte < 256; byte += 5) {
      bad[at] = static_cast<char>(good[at] ^ byte);
      const std::string got = read(bad);
      CAPTURE(at, byte, got);
      // Within a deflated stream another encoding of the same content may come about; that the manifest has its digest.
      CHECK((got.find('=') == std::string::npos || good.find("PK\x03\x04", 1) + 31 <= at));
      CHECK((got != read(good) || at > good.find("PK\x03\x04", 1)));
    }
  }
}

}  // namespace vestitel::test
