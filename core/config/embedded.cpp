#include <algorithm>
#include <filesystem>

#include "core/config/config.hpp"
#include "core/config/embedded_files.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kRoot = "/embedded";

// The shipped files under a made-up folder; the state folder as systemd would give it; nothing else of the machine
// but the facts of the key file.
class EmbeddedEnvironment final : public Environment {
 public:
  explicit EmbeddedEnvironment(std::string state_folder) : state_folder_(std::move(state_folder)) {}

  std::optional<std::string> variable(const std::string& name) const override {
    if (name == "STATE_DIRECTORY") return state_folder_;
    return std::nullopt;
  }

  Result<ReadFile> read(const std::string& path, std::size_t) const override {
    const auto* file = find(path);
    if (file == nullptr) return {Failure::kNotFound, "no such file"};
    return ReadFile{std::string(file->bytes), {0644, 0, true}};
  }

  Result<FileFacts> facts(const std::string& path) const override {
    if (find(path) != nullptr) return FileFacts{0644, 0, true};
    return system_.facts(path);
  }

  Result<std::vector<std::string>> list(const std::string& folder) const override {
    std::vector<std::string> names;
    for (const auto& file : embedded_files()) {
      const std::filesystem::path path = std::filesystem::path(kRoot) / file.path;
      if (path.parent_path() == folder) names.push_back(path.filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::uint32_t user() const override { return system_.user(); }
  std::string user_name(std::uint32_t id) const override { return system_.user_name(id); }
  std::string real_path(const std::string& path) const override { return system_.real_path(path); }

 private:
  static const EmbeddedFile* find(const std::string& path) {
    for (const auto& file : embedded_files())
      if (std::filesystem::path(kRoot) / file.path == path) return &file;
    return nullptr;
  }

  const std::string state_folder_;
  const SystemEnvironment system_;
};

}  // namespace

ConfigOutcome embedded_defaults(const std::string& state_folder) {
  const auto absolute = std::filesystem::absolute(state_folder).lexically_normal().string();
  return load_config(std::string(kRoot), EmbeddedEnvironment(absolute));
}

}  // namespace vestitel
