#include "core/plugin/package/pack.hpp"

#include <algorithm>

#include "core/plugin/package/package.hpp"
#include "core/plugin/package/refusal.hpp"

namespace vestitel {
namespace {

constexpr std::uint32_t kFile = S_IFREG | 0644, kProgram = S_IFREG | 0755;

std::string digest_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return to_hex(hash.finish());
}

ZipPiece signature_piece(const SecretKey& key, std::string_view manifest) {
  const Signature signature = sign(key, manifest);
  return zip_piece(std::string(kSignatureName), kFile, std::string(as_text(signature)), false);
}

// The piece for the package and its line in the manifest.
ZipPiece take_in(PackFile file, Manifest& manifest) {
  FileRecord record;
  record.path = file.path;
  record.sha256 = digest_of(file.content);
  record.size = file.content.size();
  record.mode = file.executable ? 0755 : 0644;
  ZipPiece piece = zip_piece(std::move(file.path), file.executable ? kProgram : kFile, std::move(file.content), true);
  record.deflated = piece.entry.deflated;
  if (record.deflated) {
    record.packed_sha256 = digest_of(piece.data);
    record.packed = piece.data.size();
  }
  manifest.files.push_back(std::move(record));
  return piece;
}

}  // namespace

Result<> write_package(Manifest facts, const std::vector<PackagedPlugin>& plugins, std::vector<PackFile> files,
                       const SecretKey* key, const ByteSink& to) {
  facts.files.clear();
  std::vector<ZipPiece> pieces;
  files.insert(files.begin(), {std::string(kDescriptionName), to_json(plugins), false});
  const std::string described = files.front().content;
  for (auto& file : files) pieces.push_back(take_in(std::move(file), facts));
  std::string manifest = to_json(facts);
  // What would be refused elsewhere is not written in the first place.
  const auto read_back = parse_manifest(manifest);
  if (!read_back) return read_back.error();
  if (const auto same = parse_description(described, *read_back); !same) return same.error();
  ZipWriter zip(to);
  ZipPiece front = zip_piece(std::string(kManifestName), kFile, std::move(manifest), false);
  if (auto done = zip.add(front); !done) return done;
  if (key != nullptr)
    if (auto done = zip.add(signature_piece(*key, front.data)); !done) return done;
  for (const auto& piece : pieces)
    if (auto done = zip.add(piece); !done) return done;
  return zip.finish();
}

Result<> sign_package(int fd, const SecretKey& key, const ByteSink& to) {
  const auto package = open_package(fd);
  if (!package) return package.error();
  if (auto whole = check_files(*package); !whole) return whole;
  if (package->manifest.publisher.empty())
    return {Failure::kInvalid, "it names no publisher: pack it again with `--publisher ID`"};
  ZipWriter zip(to);
  for (const auto& entry : package->zip.entries()) {
    if (entry.name == kSignatureName) continue;
    if (auto done = zip.copy(package->zip, entry); !done) return done;
    if (entry.name != kManifestName) continue;
    if (auto done = zip.add(signature_piece(key, package->manifest_bytes)); !done) return done;
  }
  return zip.finish();
}

std::string package_file_name(const Manifest& manifest) {
  return manifest.id + "-" + manifest.version + "-" + manifest.platform + ".vplugin";
}

}  // namespace vestitel
