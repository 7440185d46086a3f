#include "sdk/tools/project.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/base/os_error.hpp"
#include "core/base/owned_fd.hpp"

extern char** environ;

namespace vestitel {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kManifestLimit = 1024UL * 1024, kSaidLimit = 1024UL * 1024;
constexpr const char* kManifest = "plugin.json";

Error manifest_error(const fs::path& file, const std::string& what) {
  return {Failure::kConfig, "reading " + file.string() + ": " + what};
}

// A path of the manifest stays inside the project.
bool stays_below(const std::string& path) {
  const fs::path plain = fs::path(path).lexically_normal();
  return !path.empty() && plain.is_relative() && *plain.begin() != "..";
}

Result<std::string> text_of(const json& manifest, const char* key, const fs::path& file) {
  const auto found = manifest.find(key);
  if (found == manifest.end() || !found->is_string())
    return manifest_error(file, std::string("/") + key + ": a text is expected");
  return found->get<std::string>();
}

// True when the object has no such key, or a path inside the project under it.
bool path_of(const json& object, const char* key, std::string& into) {
  if (!object.is_object()) return false;
  const auto found = object.find(key);
  if (found == object.end()) return true;
  if (!found->is_string()) return false;
  into = found->get<std::string>();
  return stays_below(into);
}

Result<std::vector<ProjectSample>> samples_of(const json& manifest, const fs::path& file) {
  std::vector<ProjectSample> samples;
  for (const auto& one : manifest.value("samples", json::array())) {
    ProjectSample sample;
    if (!path_of(one, "input", sample.input) || !path_of(one, "expected", sample.expected))
      return manifest_error(file, "/samples: each has the keys input and expected, paths inside the project");
    samples.push_back(std::move(sample));
  }
  return samples;
}

Result<Project> read_project(const fs::path& folder) {
  const fs::path file = folder / kManifest;
  const auto bytes = read_whole(file.string(), kManifestLimit);
  if (!bytes) return bytes.error();
  const json manifest = json::parse(*bytes, nullptr, false);
  if (!manifest.is_object()) return manifest_error(file, "not a JSON object");
  Project project;
  project.folder = folder;
  const std::array<std::pair<const char*, std::string*>, 4> texts{
      {{"id", &project.id}, {"name", &project.name}, {"version", &project.version}, {"library", &project.library}}};
  for (const auto& [key, into] : texts) {
    auto text = text_of(manifest, key, file);
    if (!text) return text.error();
    *into = std::move(*text);
  }
  if (!stays_below(project.library)) return manifest_error(file, "/library: leaves the project");
  for (const auto& kind : manifest.value("kinds", json::array())) {
    if (kind.is_string()) project.kind += (project.kind.empty() ? "" : ",") + kind.get<std::string>();
  }
  auto samples = samples_of(manifest, file);
  if (!samples) return samples.error();
  project.samples = std::move(*samples);
  return project;
}

Result<> run_cmake(const std::vector<std::string>& words, std::ostream& err, bool chatty) {
  std::string said;
  const auto status = run_program(words, said);
  if (!status) return status.error();
  if (chatty || *status != 0) err << said;
  if (*status == 0) return Done{};
  return {Failure::kInvalid, "building: cmake ended with status " + std::to_string(*status)};
}

}  // namespace

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {Failure::kNotFound, "opening " + path + ": " + os_error()};
  std::string bytes;
  std::array<char, 65536> buffer;
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0) {
    bytes.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > limit) return {Failure::kInvalid, path + ": larger than " + std::to_string(limit) + " bytes"};
  }
  if (file.bad()) return {Failure::kIo, "reading " + path + ": " + os_error()};
  return bytes;
}

Result<Project> find_project(const fs::path& from) {
  std::error_code failed;
  for (fs::path folder = fs::absolute(from, failed); !folder.empty(); folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / kManifest, failed)) return read_project(folder);
    if (folder == folder.parent_path()) break;
  }
  return {Failure::kNotFound, "no plugin.json here or above; `new` writes a project, --plugin takes a built library"};
}

Result<int> run_program(const std::vector<std::string>& words, std::string& said) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {Failure::kIo, "making a pipe: " + os_error()};
  OwnedFd reading(ends[0]), writing(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = -1;
  const int refused = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  writing = OwnedFd();
  if (refused != 0) return {Failure::kNotFound, "starting " + words[0] + ": " + os_error(refused)};
  std::array<char, 65536> buffer;
  for (ssize_t n; (n = ::read(reading.get(), buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR);) {
    if (n > 0)
      said.append(buffer.data(), std::min(static_cast<std::size_t>(n), kSaidLimit - std::min(said.size(), kSaidLimit)));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<> build_project(const Project& project, std::ostream& err, bool chatty) {
  const std::string build = project.path_of("build");
  if (!fs::exists(fs::path(build) / "CMakeCache.txt")) {
    auto configured = run_cmake(
        {"cmake", "-S", project.folder.string(), "-B", build, "-DCMAKE_BUILD_TYPE=RelWithDebInfo"}, err, chatty);
    if (!configured) return configured;
  }
  return run_cmake({"cmake", "--build", build, "--parallel"}, err, chatty);
}

}  // namespace vestitel
