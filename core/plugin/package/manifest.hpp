// MANIFEST.json: what a package says of itself and of each of its files. Its exact bytes are what the publisher signs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vestitel {

inline constexpr std::string_view kManifestName = "MANIFEST.json", kSignatureName = "MANIFEST.sig",
                                  kDescriptionName = "plugin.json";
inline constexpr std::uint64_t kMaxManifest = 1UL << 20;
inline constexpr std::string_view kAnyPlatform = "linux-any";  // of programs alone: an interpreter reads them

// What a plugin asks to be granted. Texts may hold references to its settings, like "{host}:{port}".
struct Capabilities {
  std::vector<std::string> network;    // "HOST:PORT"
  std::vector<std::string> secrets;    // names of settings
  std::vector<std::string> services;   // ids of host services beyond those of its kind
  std::vector<std::string> write;      // folders
  std::vector<std::string> files;      // that it reads
  std::vector<std::string> libraries;  // shared libraries beyond those of the system, "NAME: reason"
  std::uint64_t kv_bytes = 0;          // quota of vestitel.kv/1

  // Each as one word, as people grant it: "network:HOST:PORT", "secret:NAME", "service:ID", "write:PATH", "file:PATH",
  // "library:NAME: reason", "kv:BYTES".
  [[nodiscard]] std::vector<std::string> asks() const;
  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};
// The part of `asked` that these words grant; words that were not asked for grant nothing.
Capabilities granted_of(const Capabilities& asked, const std::vector<std::string>& words);
// Reads the capabilities text of a plugin's descriptor; its attributes are none of them. kInvalid.
struct AskedByPlugin {
  Capabilities capabilities;
  std::vector<std::string> read, emitted;  // data classes that it names itself
};
Result<AskedByPlugin> parse_capabilities(std::string_view json);

struct FileRecord {
  std::string path;
  std::string sha256;  // 64 hex digits, of the content
  std::uint64_t size = 0;
  std::uint32_t mode = 0;     // permission bits: 0644 or 0755
  bool deflated = false;      // then also, so that no byte of the package is without a signature:
  std::string packed_sha256;  // of the bytes as they stand in the package
  std::uint64_t packed = 0;
};

struct Manifest {
  std::string id, version;
  std::uint64_t abi_major = 0, abi_minor = 0;  // built for
  std::uint64_t abi_needs_minor = 0;           // runs on hosts from this minor on
  std::string platform;                        // "linux-x86_64"; of a script kAnyPlatform
  std::string glibc;                           // least version, "2.36"
  // Path of the plugin library in the package; what does not end in ".so" is a program that speaks the runner's
  // protocol, and then executable.
  std::string library;
  std::vector<std::string> kinds;  // of "reader", "feed", "sink"
  Capabilities capabilities;
  std::vector<std::string> data_read, data_emitted;  // of "identity", "health", "contact", "other"
  std::string publisher;                             // "": made for development, not to be signed
  Instant created;
  std::vector<FileRecord> files;  // all but MANIFEST.json and MANIFEST.sig

  [[nodiscard]] const FileRecord* find(std::string_view path) const;
};

// kBadManifest.
Result<Manifest> parse_manifest(std::string_view json);
std::string to_json(const Manifest& manifest);

// Reverse-DNS, as plugins have it: "bg.acme.lab".
bool is_plugin_id(std::string_view id);
bool is_publisher_id(std::string_view id);  // one to 40 of a-z, 0-9 and -
// What stands behind the last dot of an id.
std::string short_name(std::string_view id);

// plugin.json: the descriptor of each plugin of the library, so that it need not be loaded to be known.
struct PackagedPlugin {
  std::string id, name, vendor, version, license, url;
  std::string config_schema, capabilities;  // the exact texts
  bool reader = false, feed = false, sink = false;
  bool concurrent = false, needs_net = false, idempotent = false;
  friend bool operator==(const PackagedPlugin&, const PackagedPlugin&) = default;
};
// kBadDescription: also where it contradicts the manifest (ids, versions, kinds).
Result<std::vector<PackagedPlugin>> parse_description(std::string_view json, const Manifest& manifest);
std::string to_json(const std::vector<PackagedPlugin>& plugins);

}  // namespace vestitel
