// A machine made of maps: files with modes and owners, variables, a user.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/config/environment.hpp"

namespace vestitel::test {

class FakeEnvironment final : public Environment {
 public:
  struct File {
    std::string bytes;
    FileFacts facts{0640, 1000, true};
  };
  std::map<std::string, File> files;
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> links;  // a symlink and where it leads

  std::optional<std::string> variable(const std::string& name) const override {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  Result<ReadFile> read(const std::string& path, std::size_t most) const override {
    const auto found = files.find(path);
    if (found == files.end()) return {Failure::kNotFound, "No such file or directory"};
    if (found->second.bytes.size() > most) return {Failure::kInvalid, "larger than " + std::to_string(most) + " bytes"};
    return ReadFile{found->second.bytes, found->second.facts};
  }
  Result<FileFacts> facts(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end()) return {Failure::kNotFound, "No such file or directory"};
    return found->second.facts;
  }
  Result<std::vector<std::string>> list(const std::string& folder) const override {
    std::set<std::string> names;
    for (const auto& [path, file] : files)
      if (path.starts_with(folder + "/") && path.find('/', folder.size() + 1) == std::string::npos)
        names.insert(path.substr(folder.size() + 1));
    if (names.empty()) return {Failure::kNotFound, "No such file or directory"};
    return std::vector<std::string>(names.begin(), names.end());
  }
  std::uint32_t user() const override { return 1000; }
  std::string user_name(std::uint32_t id) const override { return id == 7 ? "vestitel" : std::to_string(id); }
  std::string real_path(const std::string& path) const override {
    std::string plain = std::filesystem::path(path).lexically_normal().string();
    if (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
    for (const auto& [from, to] : links)
      if (plain == from || plain.starts_with(from + "/")) return to + plain.substr(from.size());
    return plain;
  }
};

// A folder /c that loads without an error; tests change one thing of it.
inline FakeEnvironment good_environment() {
  FakeEnvironment env;
  env.files["/c/vestitel.yaml"] = {"store: /state\n"};
  env.files["/c/templates/bg/default.mustache"] = {"Subject: Ново\n\nЗа {{occurred_on}}.\n"};
  env.files["/c/templates/en/default.mustache"] = {"Subject: New\n\nOf {{occurred_on}}.\n"};
  env.files["/c/plugins.d/mail.yaml"] = {"id: mail\nplugin: smtp_sink\nsink:\n  channel: email\n"};
  return env;
}

}  // namespace vestitel::test
