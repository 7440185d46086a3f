// What is checked, and what stands beside it: a library or program, its manifest, its samples, its settings. All of it
// is read and bounded before any check runs; nothing here runs code of the plugin.
//
//   NAME.so, plugin.json             the library and its manifest, which may name library and samples
//   NAME, executable                 the same of a program
//   samples/NAME.EXT, NAME.events    a document, and what must come of it, as `plugin run` prints it
//   samples/settings.json            settings that are valid (or settings.json), with ${stub}, ${folder} filled in
//   samples/check.json               what else the kit has to know: peers, secrets, the previous release
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/tools/check/check.hpp"

namespace vestitel::check {

// What must come of a document, line by line as `plugin run` prints it; identifiers may be masked there.
struct Golden {
  std::vector<std::string> events, quarantined, completed;
};

struct Sample {
  std::string name, bytes;
  std::string partner = "partner", media_type;
  std::int64_t as_of_us = 0;
  bool complete = false;
  std::optional<Golden> golden;
};

// plugin.json. What is absent is empty.
struct Manifest {
  std::string library;                                       // its path, from the folder
  std::vector<std::pair<std::string, std::string>> samples;  // document, golden file
  std::string id, name, version, capabilities_json, schema_json;
  std::vector<std::string> kinds;
  std::string glibc, glibcxx;  // the newest symbol versions that it may need
  double events_per_s = 0, p99_us = 0, memory_mib = 0;
};

// A peer of a sink and what it must make of it: samples/check.json.
struct PeerSpec {
  std::string kind;  // "smtp", "http", or empty: none
  std::string to = "person@example.bg";
  std::uint32_t channel = 1;
  std::map<std::string, std::vector<std::string>>
      verdicts;  // scene -> kinds of verdict that are right, over the kit's own
};

struct Spec {
  PeerSpec peer;
  std::map<std::string, std::string> secrets, bad_secrets;
  std::string bad_settings;                    // JSON; settings that pass configure and fail check
  std::vector<std::string> previous_settings;  // JSON each
  std::vector<std::string> previous_cursors;
  std::string previous_version;
};

// What the library says of itself, asked in a child.
struct Described {
  std::string id, name, version, vendor, license, schema_json, capabilities_json;
  std::uint32_t kind = 0, flags = 0, count = 0;
  std::vector<std::string> ids;
};

struct Waiver {
  int number = 0;
  std::string reason, until;
};

struct Subject {
  std::string library, folder, project, package, package_problem, sha256;
  bool program = false;  // `library` is a program that speaks the runner's protocol
  std::optional<Manifest> manifest;
  std::vector<Sample> samples;
  std::string samples_folder;  // empty: none
  std::string settings;        // as written, with ${...}; empty: none given
  Spec spec;
  std::vector<Waiver> waivers;
  Described described;
  std::string not_described;  // why it could not be asked; empty: it could
};

// kNotFound, kInvalid: with the file and what is wrong with it.
Result<Subject> read_subject(const Options& options);

// Bounded: kInvalid above `most` bytes.
Result<std::string> read_file(const std::string& path, std::size_t most);
Result<std::string> hash_file(const std::string& path);

}  // namespace vestitel::check
