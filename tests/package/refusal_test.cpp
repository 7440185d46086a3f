// Every reason for which a file is refused, and that each is written down for the people who meet it.
#include "core/plugin/package/refusal.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/package/package_rig.hpp"

namespace vestitel::test {
namespace {

// A package of these entries, in this order, as they are.
std::string raw(const std::vector<ZipPiece>& pieces) {
  std::string out;
  ZipWriter zip([&](std::string_view bytes) { return out += bytes, Done{}; });
  for (const auto& piece : pieces) PackageRig::must(zip.add(piece));
  PackageRig::must(zip.finish());
  return out;
}

// The entries of a good package, to be tampered with.
std::vector<ZipPiece> pieces_of(const PackageRig& rig, const std::string& bytes) {
  TempFolder folder;
  write_file(folder / "p", bytes);
  const auto file = open_plain_file(folder / "p");
  const auto zip = ZipFile::read(file->get());
  std::vector<ZipPiece> out;
  for (const auto& entry : zip->entries()) {
    ZipPiece piece{entry, ""};
    PackageRig::must(zip->packed(entry, [&](std::string_view more) { return piece.data += more, Done{}; }));
    out.push_back(std::move(piece));
  }
  static_cast<void>(rig);
  return out;
}

}  // namespace

TEST_CASE("a package holds what its manifest lists, as it lists it, and nothing else", "[package]") {
  PackageRig rig;
  const auto good = pieces_of(rig, Sample().bytes(&rig.acme));
  REQUIRE(good.size() == 5);  // manifest, signature, plugin.json, library, page
  const auto with = [&](const std::function<void(std::vector<ZipPiece>&)>& change) {
    auto pieces = good;
    change(pieces);
    return rig.verify(rig.file_of(raw(pieces)));
  };
  using P = std::vector<ZipPiece>&;
  CHECK(with([](P) {}) == "");
  CHECK(with([](P p) { p.push_back(zip_piece("extra.so", S_IFREG | 0644, "x", false)); }) == "unlisted-file");
  CHECK(with([](P p) { p.push_back(zip_piece("MANIFEST.sig2", S_IFREG | 0644, "x", false)); }) == "unlisted-file");
  CHECK(with([](P p) { p.pop_back(); }) == "missing-file");
  CHECK(with([](P p) { p[4] = zip_piece("docs/page.md", S_IFREG | 0644, "# Other\n", false); }) == "changed-file");
  CHECK(with([](P p) { p[4] = zip_piece("docs/page.md", S_IFREG | 0755, "# Page\n", false); }) == "changed-mode");
  CHECK(with([](P p) { p[0].entry.mode = S_IFREG | 0755; }) == "changed-mode");
  CHECK(with([](P p) { p[1].entry.mode = S_IFREG | 0600; }) == "changed-mode");
  // The same content in another encoding is another package.
  CHECK(with([](P p) {
          p[3] = zip_piece("lib/plugin.so", S_IFREG | 0755, std::string(5'000, 'x') + "not a library", false);
        }) == "changed-file");
  CHECK(with([](P p) { std::swap(p[3], p[4]); }) == "changed-file");
  CHECK(with([](P p) { p.erase(p.begin()); }) == "no-manifest");
  CHECK(with([](P p) { std::swap(p[0], p[1]); }) == "no-manifest");
  CHECK(with([](P p) { p.erase(p.begin() + 1); }) == "unsigned");
  CHECK(with([](P p) { p[1] = zip_piece("MANIFEST.sig", S_IFREG | 0644, "", false); }) == "wrong-signature");
  CHECK(with([](P p) { p[1] = zip_piece("MANIFEST.sig", S_IFREG | 0644, std::string(63, 'x'), false); }) ==
        "wrong-signature");
  CHECK(with([](P p) { p[1] = zip_piece("MANIFEST.sig", S_IFREG | 0644, std::string(65, 'x'), false); }) ==
        "too-large");
  CHECK(with([](P p) { p[1] = zip_piece("MANIFEST.sig", S_IFREG | 0644, std::string(64, 'x'), true); }) ==
        "not-a-package");
  CHECK(with([](P p) { std::swap(p[1], p[2]); }) == "unsigned");
}

TEST_CASE("a package has to fit the machine and the hub", "[package]") {
  const auto with = [](const std::function<void(Manifest&)>& change) {
    PackageRig rig;
    Sample sample;
    change(sample.manifest);
    return rig.verify(rig.file(sample));
  };
  CHECK(with([](Manifest& m) { m.platform = "linux-riscv64"; }) == "wrong-platform");
  CHECK(with([](Manifest& m) { m.glibc = "9.99"; }) == "glibc-too-old");
  CHECK(with([](Manifest& m) { m.abi_major = 0; }) == "abi-too-old");
  CHECK(with([](Manifest& m) { m.abi_major = 2; }) == "abi-too-new");
  CHECK(with([](Manifest& m) { m.abi_needs_minor = 900; }) == "abi-too-new");
  CHECK(with([](Manifest& m) { m.abi_minor = 900; }) == "");  // built with a newer SDK, content with this host
}

TEST_CASE("a file that is no package is refused as such", "[package]") {
  PackageRig rig;
  CHECK(rig.verify(rig.file_of("")) == "not-a-package");
  CHECK(rig.verify(rig.file_of("PK\x03\x04")) == "not-a-package");
  CHECK(rig.verify(rig.file_of(raw({}))) == "no-manifest");
  CHECK(rig.store->verify(rig.folder / "nowhere", rig.now()).error().failure == Failure::kNotFound);
  CHECK_FALSE(rig.store->verify("/dev/zero", rig.now()).ok());
  CHECK_FALSE(rig.store->verify(rig.folder.path().string(), rig.now()).ok());
}

TEST_CASE("a refusal is found through whatever is said around it", "[package]") {
  for (const auto& row : refusal_table()) {
    const Error error = refused(row.refusal, "it [so to say] is bad").during("doing a thing");
    CAPTURE(error.message);
    CHECK(refusal_of(error) == row.refusal);
    CHECK(to_text(row.refusal) == row.name);
    CHECK_FALSE(remedy(row.refusal).empty());
  }
  CHECK_FALSE(refusal_of({Failure::kIo, "reading x: no space [disk]"}));
  CHECK_FALSE(refusal_of({Failure::kIo, ""}));
}

TEST_CASE("every reason has a name of its own and a line in the documentation", "[package]") {
  const std::string page = read_file(std::string(DOCS) + "/plugins.md");
  std::set<std::string_view> names;
  for (const auto& row : refusal_table()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(page.find("| `" + std::string(row.name) + "` |") != std::string::npos);
  }
}

}  // namespace vestitel::test
