#include "sdk/tools/check/subject.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <vestitel/time.hpp>

#include "core/base/crypto.hpp"
#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel::check {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMaxJson = 4 << 20, kMaxSample = 64 << 20, kMaxSamples = 256;

Error wrong(const std::string& path, const std::string& what) {
  return {Failure::kInvalid, "reading " + path + ": " + what};
}

// Throws nothing: what has another type than asked for is taken as absent, and the reader of a file says so by itself
// where it matters.
std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}
double number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}
std::vector<std::string> texts_of(const Json& object, const char* key) {
  std::vector<std::string> all;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return all;
  for (const Json& one : *found) all.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  return all;
}
std::map<std::string, std::string> map_of(const Json& object, const char* key) {
  std::map<std::string, std::string> all;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return all;
  for (const auto& [name, value] : found->items()) all[name] = value.is_string() ? value.get<std::string>() : "";
  return all;
}
std::string object_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? found->dump() : std::string();
}

Result<Json> read_object(const std::string& path, std::initializer_list<const char*> known) {
  auto text = read_file(path, kMaxJson);
  if (!text) return text.error();
  Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return wrong(path, "expected one JSON object");
  if (known.size() == 0) return json;
  for (const auto& item : json.items()) {
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const char* name) { return item.key() == name; });
    if (!is_known) return wrong(path, "there is no key " + item.key());
  }
  return json;
}

Manifest manifest_of(const Json& json) {
  Manifest m;
  m.id = text_of(json, "id");
  m.name = text_of(json, "name");
  m.version = text_of(json, "version");
  m.kinds = texts_of(json, "kinds");
  m.capabilities_json = object_of(json, "capabilities");
  m.glibc = text_of(json, "glibc");
  m.glibcxx = text_of(json, "glibcxx");
  m.library = text_of(json, "library");
  if (const auto samples = json.find("samples"); samples != json.end() && samples->is_array())
    for (const Json& one : *samples)
      if (one.is_object()) m.samples.emplace_back(text_of(one, "input"), text_of(one, "expected"));
  const auto declares = json.find("declares");
  if (declares != json.end() && declares->is_object()) {
    m.events_per_s = number_of(*declares, "events_per_s");
    m.p99_us = number_of(*declares, "p99_us");
    m.memory_mib = number_of(*declares, "memory_mib");
  }
  return m;
}

Result<> read_manifest(const std::string& path, Subject& into) {
  if (!fs::exists(path)) return Done{};
  auto json = read_object(path, {});
  if (!json) return json.error();
  into.manifest = manifest_of(*json);
  const std::string schema = fs::path(path).parent_path() / "schema.json";
  if (!fs::exists(schema)) return Done{};
  auto text = read_file(schema, kMaxJson);
  if (!text) return text.error();
  into.manifest->schema_json = std::move(*text);
  return Done{};
}

Result<Golden> read_golden(const std::string& path) {
  auto text = read_file(path, kMaxSample);
  if (!text) return text.error();
  Golden golden;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    const std::string line = text->substr(at, end - at);
    at = end + 1;
    if (line.empty() || line.rfind("commit ", 0) == 0) continue;
    if (line.rfind("quarantined ", 0) == 0) {
      golden.quarantined.push_back(line.substr(12));
    } else if (line.rfind("complete ", 0) == 0) {
      golden.completed.push_back(line.substr(9));
    } else {
      golden.events.push_back(line);
    }
  }
  return golden;
}

bool is_sample(const fs::path& path) {
  const std::string name = path.filename();
  static const std::set<std::string> kOurs = {"settings.json", "check.json"};
  const auto ends = [&](std::string_view end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  return name[0] != '.' && kOurs.count(name) == 0 && !ends(".events") && !ends(".messages") && !ends(".verdicts") &&
         !ends(".md");
}

Result<> read_sample(const std::string& path, const std::string& golden, Subject& into) {
  auto bytes = read_file(path, kMaxSample);
  if (!bytes) return bytes.error();
  Sample sample;
  sample.name = fs::path(path).filename();
  sample.bytes = std::move(*bytes);
  if (fs::exists(golden)) {
    auto read = read_golden(golden);
    if (!read) return read.error();
    sample.golden = std::move(*read);
  }
  into.samples.push_back(std::move(sample));
  return Done{};
}

Result<> read_samples(const std::string& folder, Subject& into) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && is_sample(entry.path())) paths.push_back(entry.path());
  if (paths.size() > kMaxSamples) return wrong(folder, "more than 256 samples");
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    const std::string golden = path.parent_path() / (path.stem().string() + ".events");
    if (auto read = read_sample(path, golden, into); !read) return read;
  }
  return Done{};
}

// What the host would know of a document, beside its bytes.
Result<> read_documents(const std::string& path, const Json& json, Subject& into) {
  const auto documents = json.find("documents");
  if (documents == json.end() || !documents->is_object()) return Done{};
  for (Sample& sample : into.samples) {
    const auto found = documents->find(sample.name);
    if (found == documents->end() || !found->is_object()) continue;
    if (const auto partner = text_of(*found, "partner"); !partner.empty()) sample.partner = partner;
    sample.media_type = text_of(*found, "media_type");
    sample.complete = found->value("complete", Json(false)) == true;
    const auto as_of = text_of(*found, "as_of");
    const auto date = parse_date(as_of);
    if (!as_of.empty() && !date) return wrong(path, "documents: as_of: expected a day written YYYY-MM-DD");
    if (date) sample.as_of_us = midnight_us(*date);
  }
  return Done{};
}

Result<> read_spec(const std::string& path, Subject& subject) {
  auto json = read_object(path, {"documents", "peer", "secrets", "bad_secrets", "bad_settings", "previous"});
  if (!json) return json.error();
  if (auto read = read_documents(path, *json, subject); !read) return read;
  Spec& into = subject.spec;
  into.secrets = map_of(*json, "secrets");
  into.bad_secrets = map_of(*json, "bad_secrets");
  into.bad_settings = object_of(*json, "bad_settings");
  if (const auto peer = json->find("peer"); peer != json->end() && peer->is_object()) {
    into.peer.kind = text_of(*peer, "kind");
    if (!into.peer.kind.empty() && into.peer.kind != "smtp" && into.peer.kind != "http")
      return wrong(path, "peer/kind: allowed is smtp or http");
    if (const auto to = text_of(*peer, "to"); !to.empty()) into.peer.to = to;
    into.peer.channel = static_cast<std::uint32_t>(std::clamp(number_of(*peer, "channel"), 1.0, 4.0));
    if (const auto verdicts = peer->find("verdicts"); verdicts != peer->end() && verdicts->is_object())
      for (const auto& [scene, kinds] : verdicts->items())
        into.peer.verdicts[scene] = kinds.is_array() ? kinds.get<std::vector<std::string>>()
                                                     : std::vector<std::string>{kinds.get<std::string>()};
  }
  if (const auto previous = json->find("previous"); previous != json->end() && previous->is_object()) {
    into.previous_version = text_of(*previous, "version");
    into.previous_settings = texts_of(*previous, "settings");
    into.previous_cursors = texts_of(*previous, "cursors");
  }
  return Done{};
}

Result<> read_previous(const std::string& folder, Spec& into) {
  auto manifest = read_object(folder + "/plugin.json", {});
  if (!manifest) return manifest.error();
  into.previous_version = text_of(*manifest, "version");
  const std::string settings = folder + "/samples/settings.json";
  if (!fs::exists(settings)) return Done{};
  auto text = read_file(settings, kMaxJson);
  if (!text) return text.error();
  into.previous_settings.push_back(std::move(*text));
  return Done{};
}

Result<> read_waivers(const std::string& path, Subject& into) {
  auto json = read_object(path, {"waivers"});
  if (!json) return json.error();
  for (const Json& one : json->value("waivers", Json::array())) {
    Waiver waiver;
    if (!one.is_object()) return wrong(path, "waivers: expected objects");
    waiver.number = static_cast<int>(number_of(one, "check"));
    waiver.reason = text_of(one, "reason");
    waiver.until = text_of(one, "until");
    const std::string which = "the waiver of check " + std::to_string(waiver.number);
    if (waiver.reason.size() < 10) return wrong(path, which + " needs a reason in words");
    if (!parse_date(waiver.until)) return wrong(path, which + " needs `until`, a day written YYYY-MM-DD");
    into.waivers.push_back(std::move(waiver));
  }
  return Done{};
}

// The one library of a folder: the manifest may name it, else it is the only .so.
Result<std::string> find_library(const std::string& folder, const std::optional<Manifest>& manifest) {
  std::vector<std::string> found;
  if (manifest && !manifest->library.empty()) {
    const std::string path = folder + "/" + manifest->library;
    if (fs::exists(path)) return path;
    return {Failure::kNotFound, "finding the library " + path + ", which plugin.json names: build it first"};
  }
  for (const char* below : {"", "lib", "build"}) {
    const fs::path at = fs::path(folder) / below;
    if (!fs::is_directory(at)) continue;
    for (const auto& entry : fs::directory_iterator(at))
      if (entry.path().extension() == ".so") found.push_back(entry.path());
  }
  if (found.size() == 1) return found[0];
  if (found.empty()) return {Failure::kNotFound, "finding the library in " + folder + ": no .so there; build it first"};
  return {Failure::kInvalid, "finding the library in " + folder + ": several .so; name one"};
}

Result<> place(const Options& options, Subject& into) {
  std::error_code bad;
  const fs::path target = fs::absolute(options.target, bad);
  if (bad || !fs::exists(target)) return {Failure::kNotFound, "checking " + options.target + ": no such file"};
  if (fs::is_directory(target)) {
    into.folder = target;
    if (fs::exists(target / "CMakeLists.txt")) into.project = target;
    if (auto read = read_manifest(into.folder + "/plugin.json", into); !read) return read;
    auto library = find_library(target, into.manifest);
    if (!library) return library.error();
    into.library = *library;
  } else {
    into.library = target;
    into.folder = target.parent_path();
    return read_manifest(into.folder + "/plugin.json", into);
  }
  return Done{};
}

// Samples, settings and what the kit has to know, from beside the library or from the folder that was named.
Result<> read_beside(const Options& options, Subject& subject) {
  const std::string folder =
      options.samples.empty() ? subject.folder + "/samples" : fs::absolute(options.samples).string();
  if (!fs::is_directory(folder)) {
    if (!options.samples.empty()) return {Failure::kNotFound, "reading the samples: no folder " + folder};
  } else {
    subject.samples_folder = folder;
  }
  if (subject.manifest && !subject.manifest->samples.empty() && options.samples.empty()) {
    for (const auto& [input, expected] : subject.manifest->samples) {
      const bool document = !input.empty() && is_sample(fs::path(input));
      if (!document) continue;
      if (auto read = read_sample(subject.folder + "/" + input, subject.folder + "/" + expected, subject); !read)
        return read;
    }
  } else if (!subject.samples_folder.empty()) {
    if (auto read = read_samples(folder, subject); !read) return read;
  }
  for (const std::string& path : {folder + "/settings.json", subject.folder + "/settings.json"}) {
    if (!fs::exists(path)) continue;
    auto text = read_file(path, kMaxJson);
    if (!text) return text.error();
    subject.settings = std::move(*text);
    break;
  }
  const std::string spec = folder + "/check.json";
  return fs::exists(spec) ? read_spec(spec, subject) : Result<>(Done{});
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return {Failure::kNotFound, "reading " + path + ": " + os_error()};
  if (!S_ISREG(status.st_mode)) return wrong(path, "not a regular file");
  if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) > most)
    return wrong(path, "larger than " + std::to_string(most) + " bytes");
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto n = ::read(fd.get(), bytes.data() + at, bytes.size() - at);
    if (n < 0) return {Failure::kIo, "reading " + path + ": " + os_error()};
    if (n == 0) break;
    at += static_cast<std::size_t>(n);
  }
  bytes.resize(at);
  return bytes;
}

Result<std::string> hash_file(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {Failure::kNotFound, "reading " + path + ": " + os_error()};
  Sha256 hash;
  std::string buffer(1 << 16, '\0');
  for (ssize_t n = 0; (n = ::read(fd.get(), buffer.data(), buffer.size())) != 0;) {
    if (n < 0) return {Failure::kIo, "reading " + path + ": " + os_error()};
    hash.add(std::string_view(buffer).substr(0, static_cast<std::size_t>(n)));
  }
  return to_hex(hash.finish());
}

Result<Subject> read_subject(const Options& options) try {
  Subject subject;
  if (auto placed = place(options, subject); !placed) return placed.error();
  auto hash = hash_file(subject.library);
  if (!hash) return hash.error();
  subject.sha256 = *hash;
  subject.program = is_program(subject.library);
  if (auto read = read_beside(options, subject); !read) return read.error();
  if (!options.previous.empty())
    if (auto read = read_previous(options.previous, subject.spec); !read) return read.error();
  if (!options.waivers.empty())
    if (auto read = read_waivers(options.waivers, subject); !read) return read.error();
  return subject;
} catch (const std::exception& e) {  // border: the filesystem and JSON libraries answer by exception
  return {Failure::kInvalid, "reading " + options.target + ": " + e.what()};
}

}  // namespace vestitel::check
