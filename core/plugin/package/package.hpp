// A .vplugin file, checked as a whole before anything of it is used. Nothing of it is loaded here, ever.
//
//   MANIFEST.json, MANIFEST.sig, then the files that the manifest lists, in its order
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/plugin/package/manifest.hpp"
#include "core/plugin/package/trust.hpp"
#include "core/plugin/package/zip.hpp"

namespace vestitel {

// What a package has to fit.
struct HostFacts {
  std::string platform, glibc;  // "linux-x86_64", "2.36"
  std::uint64_t abi_major = 0, abi_minor = 0;
  static HostFacts own();
};

// A package as it describes itself; nobody has vouched for it.
struct OpenedPackage {
  ZipFile zip;
  Manifest manifest;
  std::string manifest_bytes, signature;  // signature "": unsigned
  std::string digest;                     // SHA-256 of the file, in hex
};

// Reads structure and manifest. Borrows `fd`.
Result<OpenedPackage> open_package(int fd, const ZipLimits& limits = {});

// Whether the package holds exactly the files of its manifest, each with its mode, size and hash, in its order.
Result<> check_files(const OpenedPackage& package);

// What plugin.json says; for a package whose files have been checked.
Result<std::vector<PackagedPlugin>> read_description(const OpenedPackage& package);

// kWrongPlatform, kGlibcTooOld, kAbiTooOld, kAbiTooNew.
Result<> check_fit(const Manifest& manifest, const HostFacts& host);

struct VerifiedPackage {
  OpenedPackage package;
  std::vector<PackagedPlugin> plugins;
  Judgement judgement;
};

// All of it: structure, manifest, signature and trust as of `at`, files, description, fit. Nothing is unpacked that
// the signature does not cover. Borrows `fd`.
Result<VerifiedPackage> verify_package(int fd, const Trust& trust, const HostFacts& host, Instant at);

}  // namespace vestitel
