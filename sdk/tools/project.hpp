// A plugin's project: the folder that holds its plugin.json. Everything a verb needs to know of it stands there.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel {

struct ProjectSample {
  std::string input, expected;  // paths below the project's folder; expected may be empty
};

struct Project {
  std::filesystem::path folder;
  std::string id, name, version;
  std::string kind;     // "reader", "feed", "sink"; several are joined by a comma
  std::string library;  // below the folder, as the build leaves it
  std::vector<ProjectSample> samples;

  [[nodiscard]] std::string path_of(const std::string& below) const { return (folder / below).string(); }
};

// The project that `from` lies in: the nearest folder upwards with a plugin.json. kNotFound, kConfig (names the key).
Result<Project> find_project(const std::filesystem::path& from);

// Configures and compiles; nothing is done when nothing changed. What the compiler says goes to `err` when it fails, or
// all the time when `chatty`.
Result<> build_project(const Project& project, std::ostream& err, bool chatty);

// Runs a program and returns its exit status; its output (both streams) is appended to `said`, at most 1 MiB of it.
Result<int> run_program(const std::vector<std::string>& words, std::string& said);

// A whole file, at most `limit` bytes.
Result<std::string> read_whole(const std::string& path, std::size_t limit);

}  // namespace vestitel
