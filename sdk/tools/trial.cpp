#include "sdk/tools/trial.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"
#include "core/model/identifier_checks.hpp"
#include "sdk/tools/project.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSettingsLimit = 1024UL * 1024, kSecretLimit = 64UL * 1024;

Result<> read_secrets(const std::vector<std::string>& words, TryTarget& target) {
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) return {Failure::kConfig, "--secret: NAME=FILE is expected"};
    auto value = read_whole(word.substr(equals + 1), kSecretLimit);
    if (!value) return value.error().during("reading secret " + word.substr(0, equals));
    while (!value->empty() && value->back() == '\n') value->pop_back();
    target.secrets[word.substr(0, equals)] = std::move(*value);
  }
  return Done{};
}

// Puts folders in the place of ${samples} and ${folder}, in every text of the settings.
void fill_places(nlohmann::json& value, const fs::path& base) {
  if (value.is_object() || value.is_array()) {
    for (auto& inner : value) fill_places(inner, base);
  }
  if (!value.is_string()) return;
  std::string text = value.get<std::string>();
  for (const auto& [place, folder] : {std::pair<std::string, std::string>{"${samples}", (base / "samples").string()},
                                      {"${folder}", (base / "build" / "try").string()}}) {
    for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += folder.size()) {
      text.replace(at, place.size(), folder);
      if (place == "${folder}") fs::create_directories(folder);
    }
  }
  value = text;
}

Result<> read_settings(const std::string& path, TryTarget& target) {
  const auto bytes = read_whole(path, kSettingsLimit);
  if (!bytes) return bytes.error().during("reading settings");
  auto settings = nlohmann::json::parse(*bytes, nullptr, false);
  if (!settings.is_object()) return {Failure::kConfig, "reading settings " + path + ": one JSON object is expected"};
  const fs::path folder = fs::absolute(path).parent_path();
  fill_places(settings, folder.filename() == "samples" ? folder.parent_path() : folder);
  target.settings = settings.dump();
  return Done{};
}

}  // namespace

void add_try_options(CLI::App& verb, TryOptions& options) {
  verb.add_option("--plugin", options.plugin, "a built library or program (default: the project here, built first)");
  verb.add_option("--id", options.id, "which plugin, where the library holds several");
  verb.add_option("--settings", options.settings,
                  "file with the settings, one JSON object (default: samples/settings.json, or "
                  "the defaults and examples of the schema)");
  verb.add_option("--secret", options.secrets, "NAME=FILE: a secret, as the hub would serve it");
  verb.add_option("--partner", options.partner, "the partner that delivers the document");
  verb.add_option("--as-of", options.as_of, "what day it is for the plugin, and for its document (default: now)");
  verb.add_option("--timeout", options.timeout_s, "seconds without progress before the plugin is killed")
      ->check(CLI::Range(0.1, 3600.0));
  verb.add_flag("--show-identifiers", options.show_identifiers, "do not mask who an event is about");
}

Result<TryTarget> find_target(const TryOptions& options, std::ostream& err) {
  TryTarget target;
  target.id = options.id;
  target.library = options.plugin;
  std::string settings = options.settings;
  if (target.library.empty()) {
    const auto project = find_project(fs::current_path());
    if (!project) return project.error();
    if (auto built = build_project(*project, err, false); !built) return built.error();
    target.library = project->path_of(project->library);
    for (const char* own : {"samples/settings.json", "settings.json"}) {
      if (settings.empty() && fs::exists(project->path_of(own))) settings = project->path_of(own);
    }
  }
  if (!settings.empty()) {
    if (auto read = read_settings(settings, target); !read) return read.error();
  }
  if (auto read = read_secrets(options.secrets, target); !read) return read.error();
  return target;
}

Result<Instant> instant_of(const TryOptions& options) {
  if (options.as_of.empty()) return SystemClock().now();
  const auto date = iso_date(options.as_of);
  if (!date) return {Failure::kConfig, "--as-of: a date written YYYY-MM-DD is expected"};
  return sofia_midnight(*date);
}

DocumentArrival arrival_of(const std::string& path, const TryOptions& options, Instant as_of) {
  DocumentArrival arrival;
  arrival.instance = "try";
  arrival.partner = options.partner;
  arrival.name = fs::path(path).filename().string();
  arrival.arrived = arrival.as_of = as_of;
  return arrival;
}

Result<std::size_t> TriedBytes::read(std::span<char> into) {
  std::size_t n = std::min({into.size(), pieces_.most, bytes_.size()});
  if (pieces_.by_line && n > 0) {
    if (const auto* end = static_cast<const char*>(std::memchr(bytes_.data(), '\n', n)); end != nullptr)
      n = static_cast<std::size_t>(end - bytes_.data()) + 1;
  }
  const std::string_view piece = bytes_.substr(0, n);
  std::copy(piece.begin(), piece.end(), into.begin());
  bytes_.remove_prefix(n);
  progress_.bytes += n;
  progress_.lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
  progress_.tick();
  return n;
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) return {Failure::kNotFound, "opening " + path + ": " + os_error()};
  if (!S_ISREG(about.st_mode)) return {Failure::kInvalid, "opening " + path + ": not a regular file"};
  if (about.st_size == 0) return MappedFile({});
  const auto size = static_cast<std::size_t>(about.st_size);
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes == MAP_FAILED) return {Failure::kIo, "reading " + path + ": " + os_error()};
  return MappedFile({static_cast<const char*>(bytes), size});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

ChildLimits limits_of(const TryOptions& options) {
  ChildLimits limits;
  limits.quiet = std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_s * 1000));
  return limits;
}

int tell_end(ToolOutcome& outcome, const std::string& who, const ChildEnd& end) {
  return tool_fail(outcome, {Failure::kInternal, who + " " + to_text(end)});
}

}  // namespace vestitel
