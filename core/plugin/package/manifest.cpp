#include "core/plugin/package/manifest.hpp"

#include <algorithm>
#include <array>

#include "core/plugin/package/json_fields.hpp"
#include "core/plugin/package/refusal.hpp"
#include "core/plugin/package/version.hpp"
#include "core/plugin/package/zip.hpp"

namespace vestitel {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFiles = 1'000;
constexpr std::uint64_t kMaxFile = 200'000'000, kMaxKv = 1UL << 30;
constexpr std::array<std::string_view, 3> kKinds = {"reader", "feed", "sink"};
constexpr std::array<std::string_view, 4> kDataClasses = {"identity", "health", "contact", "other"};

// Every one of `values` is one of `allowed`, and none stands twice.
void check_words(JsonFields& fields, const char* key, const std::vector<std::string>& values,
                 std::span<const std::string_view> allowed) {
  for (auto it = values.begin(); it != values.end(); ++it) {
    if (std::find(allowed.begin(), allowed.end(), *it) == allowed.end()) fields.fail(key, "a word that is not known");
    if (std::find(values.begin(), it, *it) != it) fields.fail(key, "a word stands there twice");
  }
}

FileRecord read_file_record(JsonFields& outer, const json& object) {
  JsonFields fields(object);
  FileRecord file;
  std::string mode, digest;
  fields.text("path", file.path, 200);
  fields.hex("sha256", digest, 32);
  file.sha256 = to_hex(as_octets(digest));
  fields.number("size", file.size, kMaxFile);
  fields.text("mode", mode, 4);
  if (mode == "0644") file.mode = 0644;
  if (mode == "0755") file.mode = 0755;
  if (file.mode == 0) fields.fail("mode", "0644 or 0755 is expected");
  if (!is_safe_path(file.path)) fields.fail("path", "it could lead out of the package's folder");
  file.deflated = fields.has("deflated");
  if (file.deflated) {
    JsonFields inner(fields.object("deflated"));
    inner.hex("sha256", digest, 32);
    file.packed_sha256 = to_hex(as_octets(digest));
    inner.number("size", file.packed, kMaxFile);
    if (auto fine = inner.end(); !fine) fields.fail("deflated", fine.error().message);
  }
  if (auto fine = fields.end(); !fine) outer.fail("files", fine.error().message);
  return file;
}

void read_files(JsonFields& fields, Manifest& manifest) {
  for (const json& one : fields.list("files", kMaxFiles)) {
    FileRecord file = read_file_record(fields, one);
    if (manifest.find(file.path) != nullptr) fields.fail("files", "a path stands there twice");
    if (file.path == kManifestName || file.path == kSignatureName) fields.fail("files", "the manifest lists itself");
    manifest.files.push_back(std::move(file));
  }
}

void read_abi(JsonFields& outer, Manifest& manifest) {
  JsonFields fields(outer.object("abi"));
  fields.number("major", manifest.abi_major, 1'000);
  fields.number("minor", manifest.abi_minor, 1'000);
  fields.number("needs_minor", manifest.abi_needs_minor, 1'000);
  if (auto fine = fields.end(); !fine) outer.fail("abi", fine.error().message);
}

void read_data_classes(JsonFields& outer, Manifest& manifest) {
  JsonFields fields(outer.object("data_classes"));
  fields.texts("read", manifest.data_read, kDataClasses.size());
  fields.texts("emitted", manifest.data_emitted, kDataClasses.size());
  check_words(fields, "read", manifest.data_read, kDataClasses);
  check_words(fields, "emitted", manifest.data_emitted, kDataClasses);
  if (auto fine = fields.end(); !fine) outer.fail("data_classes", fine.error().message);
}

void read_capabilities(JsonFields& outer, Capabilities& into) {
  JsonFields fields(outer.object("capabilities"));
  fields.texts("network", into.network);
  fields.texts("secrets", into.secrets);
  fields.texts("services", into.services);
  fields.texts("write", into.write);
  fields.optional_texts("files", into.files);
  fields.texts("libraries", into.libraries);
  fields.number("kv_bytes", into.kv_bytes, kMaxKv);
  if (auto fine = fields.end(); !fine) outer.fail("capabilities", fine.error().message);
}

void check_meaning(JsonFields& fields, const Manifest& manifest) {
  if (!is_plugin_id(manifest.id)) fields.fail("id", "a reverse-DNS name such as bg.acme.lab is expected");
  if (!parse_version(manifest.version)) fields.fail("version", "a version such as 1.2.0 is expected");
  if (!at_least(manifest.glibc, "0")) fields.fail("glibc", "a version such as 2.36 is expected");
  if (!manifest.publisher.empty() && !is_publisher_id(manifest.publisher))
    fields.fail("publisher", "one to 40 of a-z, 0-9 and - are expected");
  if (manifest.kinds.empty()) fields.fail("kinds", "at least one is expected");
  check_words(fields, "kinds", manifest.kinds, kKinds);
  const FileRecord* library = manifest.find(manifest.library);
  if (library == nullptr) fields.fail("library", "the manifest does not list that file");
  if (library != nullptr && !manifest.library.ends_with(".so") && library->mode != 0755)
    fields.fail("library", "it is no .so, and so a program, but not executable");
  if (manifest.library.ends_with(".so") && manifest.platform == kAnyPlatform)
    fields.fail("platform", "a library is built for one");
  if (manifest.find(kDescriptionName) == nullptr) fields.fail("files", "plugin.json is not among them");
}

bool one_of(char c, std::string_view more) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
}

}  // namespace

const FileRecord* Manifest::find(std::string_view path) const {
  for (const auto& file : files)
    if (file.path == path) return &file;
  return nullptr;
}

bool is_plugin_id(std::string_view id) {
  if (id.empty() || id.size() > 128 || id.front() == '.' || id.back() == '.') return false;
  if (id.find("..") != std::string_view::npos || id.find('.') == std::string_view::npos) return false;
  return std::all_of(id.begin(), id.end(), [](char c) { return one_of(c, ".-_"); });
}

bool is_publisher_id(std::string_view id) {
  return !id.empty() && id.size() <= 40 && std::all_of(id.begin(), id.end(), [](char c) { return one_of(c, "-"); });
}

std::string short_name(std::string_view id) { return std::string(id.substr(id.rfind('.') + 1)); }

Result<Manifest> parse_manifest(std::string_view text) {
  const auto bad = [](const std::string& why) { return refused(Refusal::kBadManifest, "MANIFEST.json: " + why); };
  if (text.size() > kMaxManifest) return bad("it is too long");
  const auto parsed = parse_json(text);
  if (!parsed) return bad(parsed.error().message);
  Manifest manifest;
  JsonFields fields(*parsed);
  std::uint64_t format = 0;
  fields.number("format", format, 1'000);
  if (format != 1) fields.fail("format", "this version reads format 1");
  fields.text("id", manifest.id, 128);
  fields.text("version", manifest.version, 64);
  fields.text("platform", manifest.platform, 64);
  fields.text("glibc", manifest.glibc, 16);
  fields.text("library", manifest.library, 200);
  fields.text("publisher", manifest.publisher, 40);
  fields.texts("kinds", manifest.kinds, kKinds.size());
  fields.instant("created", manifest.created);
  read_abi(fields, manifest);
  read_capabilities(fields, manifest.capabilities);
  read_data_classes(fields, manifest);
  read_files(fields, manifest);
  check_meaning(fields, manifest);
  if (auto fine = fields.end(); !fine) return bad(fine.error().message);
  return manifest;
}

std::string to_json(const Manifest& manifest) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const auto& file : manifest.files) {
    nlohmann::ordered_json one = {{"path", file.path},
                                  {"sha256", file.sha256},
                                  {"size", file.size},
                                  {"mode", file.mode == 0755 ? "0755" : "0644"}};
    if (file.deflated) one["deflated"] = {{"sha256", file.packed_sha256}, {"size", file.packed}};
    files.push_back(std::move(one));
  }
  const Capabilities& asked = manifest.capabilities;
  const nlohmann::ordered_json out = {
      {"format", 1},
      {"id", manifest.id},
      {"version", manifest.version},
      {"publisher", manifest.publisher},
      {"created", to_second(manifest.created)},
      {"kinds", manifest.kinds},
      {"platform", manifest.platform},
      {"glibc", manifest.glibc},
      {"abi",
       {{"major", manifest.abi_major}, {"minor", manifest.abi_minor}, {"needs_minor", manifest.abi_needs_minor}}},
      {"library", manifest.library},
      {"capabilities",
       {{"network", asked.network},
        {"secrets", asked.secrets},
        {"services", asked.services},
        {"write", asked.write},
        {"files", asked.files},
        {"libraries", asked.libraries},
        {"kv_bytes", asked.kv_bytes}}},
      {"data_classes", {{"read", manifest.data_read}, {"emitted", manifest.data_emitted}}},
      {"files", files}};
  return out.dump(1, '\t') + "\n";
}

}  // namespace vestitel
