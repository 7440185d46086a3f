#include "core/plugin/package/package.hpp"

#include <gnu/libc-version.h>
#include <unistd.h>
#include <vestitel/abi.h>

#include <algorithm>

#include "core/base/os_error.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/version.hpp"

namespace vestitel {
namespace {

constexpr std::uint64_t kMaxDescription = 4UL << 20;

std::string digest_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return to_hex(hash.finish());
}

std::size_t files_begin(const OpenedPackage& package) { return package.signature.empty() ? 1 : 2; }

// The bytes in the package first: what does not have its hash is not even unpacked.
Result<> check_content(const ZipFile& zip, const ZipEntry& entry, const FileRecord& file) {
  const auto changed = [&] { return refused(Refusal::kChangedFile, file.path + " is not what its publisher put in"); };
  if (entry.size != file.size || entry.deflated != file.deflated) return changed();
  if (file.deflated) {
    const auto digest = zip.packed_digest(entry);
    if (!digest) return digest.error();
    if (entry.packed != file.packed || to_hex(*digest) != file.packed_sha256) return changed();
  }
  Sha256 hash;
  const auto read = zip.unpack(entry, [&](std::string_view bytes) { return hash.add(bytes), Done{}; });
  if (!read) return read;
  if (to_hex(hash.finish()) != file.sha256) return changed();
  return Done{};
}

Result<> check_lists(const OpenedPackage& package) {
  const auto& entries = package.zip.entries();
  const auto& files = package.manifest.files;
  for (std::size_t i = files_begin(package); i < entries.size(); ++i)
    if (package.manifest.find(entries[i].name) == nullptr)
      return refused(Refusal::kUnlistedFile, entries[i].name + " is in the package, and its manifest does not list it");
  for (const auto& file : files)
    if (package.zip.find(file.path) == nullptr)
      return refused(Refusal::kMissingFile, file.path + " is in the manifest, and not in the package");
  return Done{};
}

}  // namespace

HostFacts HostFacts::own() {
#if defined(__x86_64__)
  const char* const platform = "linux-x86_64";
#elif defined(__aarch64__)
  const char* const platform = "linux-aarch64";
#else
#error "name this platform"
#endif
  return {platform, ::gnu_get_libc_version(), VESTITEL_ABI_MAJOR, VESTITEL_ABI_MINOR};
}

Result<OpenedPackage> open_package(int fd, const ZipLimits& limits) {
  auto zip = ZipFile::read(fd, limits);
  if (!zip) return zip.error();
  const auto& entries = zip->entries();
  if (entries.empty() || entries[0].name != kManifestName)
    return refused(Refusal::kNoManifest, "its first file is not MANIFEST.json");
  auto bytes = zip->text(entries[0], kMaxManifest);
  if (!bytes) return bytes.error();
  auto manifest = parse_manifest(*bytes);
  if (!manifest) return manifest.error();
  std::string signature;
  if (entries.size() > 1 && entries[1].name == kSignatureName) {
    auto read = zip->text(entries[1], std::tuple_size_v<Signature>);
    if (!read) return read.error();
    signature = std::move(*read);
    if (signature.size() != std::tuple_size_v<Signature>)
      return refused(Refusal::kWrongSignature, "its signature does not have 64 bytes");
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(entries.size(), signature.empty() ? 1 : 2); ++i)
    if ((entries[i].mode & 07777) != 0644)
      return refused(Refusal::kChangedMode, entries[i].name + " does not have the mode 0644");
  auto digest = file_digest(fd);
  if (!digest) return digest.error();
  return OpenedPackage{std::move(*zip), std::move(*manifest), std::move(*bytes), std::move(signature),
                       std::move(*digest)};
}

Result<> check_files(const OpenedPackage& package) {
  if (auto same = check_lists(package); !same) return same;
  const auto& entries = package.zip.entries();
  const auto& files = package.manifest.files;
  const std::size_t begin = files_begin(package);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const ZipEntry& entry = entries[begin + i];
    if (entry.name != files[i].path)
      return refused(Refusal::kChangedFile, files[i].path + " is not at the place that the manifest gives it");
    if ((entry.mode & 07777) != files[i].mode)
      return refused(Refusal::kChangedMode, files[i].path + " does not have the mode that the manifest gives it");
    if (auto same = check_content(package.zip, entry, files[i]); !same) return same;
  }
  return Done{};
}

Result<std::vector<PackagedPlugin>> read_description(const OpenedPackage& package) {
  const ZipEntry* entry = package.zip.find(kDescriptionName);
  if (entry == nullptr) return refused(Refusal::kBadDescription, "plugin.json is not in the package");
  if (entry->size > kMaxDescription) return refused(Refusal::kTooLarge, "plugin.json is too long");
  std::string text;
  const auto read = package.zip.unpack(*entry, [&](std::string_view bytes) { return text += bytes, Done{}; });
  if (!read) return read.error();
  return parse_description(text, package.manifest);
}

Result<> check_fit(const Manifest& manifest, const HostFacts& host) {
  const std::string built = std::to_string(manifest.abi_major) + "." + std::to_string(manifest.abi_minor);
  const std::string ours = std::to_string(host.abi_major) + "." + std::to_string(host.abi_minor);
  if (manifest.platform != host.platform && manifest.platform != kAnyPlatform)
    return refused(Refusal::kWrongPlatform, "it is built for " + manifest.platform + ", this is " + host.platform);
  if (manifest.abi_major < host.abi_major)
    return refused(Refusal::kAbiTooOld, "it is built for plugin ABI " + built + ", this hub loads ABI " + ours);
  if (manifest.abi_major > host.abi_major)
    return refused(Refusal::kAbiTooNew, "it is built for plugin ABI " + built + ", this hub loads ABI " + ours);
  if (manifest.abi_needs_minor > host.abi_minor)
    return refused(Refusal::kAbiTooNew, "it needs host ABI " + std::to_string(manifest.abi_major) + "." +
                                            std::to_string(manifest.abi_needs_minor) + ", this hub has " + ours);
  if (!at_least(host.glibc, manifest.glibc).value_or(false))
    return refused(Refusal::kGlibcTooOld, "it needs glibc " + manifest.glibc + ", this machine has " + host.glibc);
  return Done{};
}

Result<VerifiedPackage> verify_package(int fd, const Trust& trust, const HostFacts& host, Instant at) {
  auto package = open_package(fd);
  if (!package) return package.error();
  auto judgement = trust.judge(package->manifest, package->manifest_bytes, package->signature,
                               {package->digest, digest_of(package->manifest_bytes)}, at);
  if (!judgement) return judgement.error();
  if (auto same = check_files(*package); !same) return same.error();
  auto plugins = read_description(*package);
  if (!plugins) return plugins.error();
  if (auto fits = check_fit(package->manifest, host); !fits) return fits.error();
  return VerifiedPackage{std::move(*package), std::move(*plugins), std::move(*judgement)};
}

}  // namespace vestitel
