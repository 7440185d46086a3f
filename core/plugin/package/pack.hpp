// Making a package and signing one.
#pragma once
#include <string>
#include <vector>

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"
#include "core/plugin/package/manifest.hpp"
#include "core/plugin/package/zip.hpp"

namespace vestitel {

struct PackFile {
  std::string path;  // in the package
  std::string content;
  bool executable = false;
};

// Writes a package through `to`: plugin.json of `plugins`, then `files` in their order. `facts` is the manifest less
// its list of files. With a key it is signed. kBadManifest, kBadDescription: what it would say of itself would be
// refused.
Result<> write_package(Manifest facts, const std::vector<PackagedPlugin>& plugins, std::vector<PackFile> files,
                       const SecretKey* key, const ByteSink& to);

// Writes the package of `fd` through `to`, signed with this key instead of what signed it before. What is not whole is
// not signed.
Result<> sign_package(int fd, const SecretKey& key, const ByteSink& to);

// "bg.acme.lab-1.2.0-linux-x86_64.vplugin"
std::string package_file_name(const Manifest& manifest);

// The least glibc that the library needs, from the versions of the symbols that it takes from it: "2.34". "2.0" where
// it takes none. kInvalid: not a library of this machine.
Result<std::string> least_glibc(int library_fd);

}  // namespace vestitel
