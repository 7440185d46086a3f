#include "sdk/tools/scaffold.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "core/base/os_error.hpp"
#include "sdk/tools/embedded_template.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 40, kLongestPrefix = 80;
// Targets that CMake has or reserves in every project.
constexpr std::array<std::string_view, 9> kReserved{"all",  "clean",   "help",           "install",   "test",
                                                    "none", "package", "package-source", "edit-cache"};

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) { return is_small(c) || (c >= '0' && c <= '9'); }

// Words of small letters and digits, beginning with a letter, joined by `joint`.
bool is_chain(std::string_view text, char joint, bool inner_hyphens) {
  char before = joint;
  for (const char c : text) {
    const bool hyphen = c == joint || (inner_hyphens && c == '-');
    if (hyphen ? before == joint || before == '-' : !is_word(c) || (before == joint && !is_small(c))) return false;
    before = c;
  }
  return before != joint && before != '-';
}

std::string class_of(std::string_view name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c != '-') out += upper && is_small(c) ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '-';
  }
  return out;
}

std::string title_of(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '-', ' ');
  out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

std::string ending_of(std::string_view language) { return language == "python" ? ".py" : "." + std::string(language); }

std::string filled(std::string_view text, const ScaffoldRequest& request) {
  std::string file = request.name;
  std::replace(file.begin(), file.end(), '-', '_');
  const bool python = request.language == "python";
  const std::array<std::pair<std::string_view, std::string>, 7> places{
      {{"@SOURCE@", file + ending_of(request.language)},
       {"@LIBRARY@", "build/" + request.name + (python ? ".pyz" : ".so")},
       {"@NAME@", request.name},
       {"@FILE@", file},
       {"@CLASS@", class_of(request.name)},
       {"@TITLE@", title_of(request.name)},
       {"@ID@", request.prefix + "." + request.name}}};
  std::string out(text);
  for (const auto& [place, value] : places) {
    for (std::size_t at = 0; (at = out.find(place, at)) != std::string::npos; at += value.size())
      out.replace(at, place.size(), value);
  }
  return out;
}

Error write_error(const fs::path& path) { return {Failure::kIo, "writing " + path.string() + ": " + os_error()}; }

Result<> write_file(const fs::path& path, const std::string& bytes) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  return out.flush() ? Result<>(Done{}) : write_error(path);
}

// What the project has, by name: the language's own takes the place of what all have.
std::map<std::string, std::string_view> files_of(const ScaffoldRequest& request) {
  std::map<std::string, std::string_view> common, own;
  for (const TemplateFile& file : template_files()) {
    std::string_view path = file.path;
    const bool is_own = path.starts_with(request.language + "/");
    if (is_own) path.remove_prefix(request.language.size() + 1);
    const std::size_t slash = path.find('/');
    if (path.substr(0, slash) != "common" && path.substr(0, slash) != request.kind) continue;
    if (path.ends_with(".cpp") && request.language != "cpp") continue;
    (is_own ? own : common).emplace(path.substr(slash + 1), file.bytes);
  }
  own.merge(common);
  return own;
}

// Every file of the kind into `folder`; their names are returned.
Result<std::vector<std::string>> fill_folder(const fs::path& folder, const ScaffoldRequest& request) {
  std::vector<std::string> written;
  for (const auto& [path, bytes] : files_of(request)) {
    const std::string name = filled(path, request);
    if (auto done = write_file(folder / name, filled(bytes, request)); !done) return done.error();
    written.push_back(request.name + "/" + name);
  }
  std::sort(written.begin(), written.end());
  return written;
}

// A folder that goes again unless it was moved to its place.
class NewFolder {
 public:
  explicit NewFolder(const fs::path& into) : path_((into / ".vestitel-plugin-new-XXXXXX").string()) {
    made_ = ::mkdtemp(path_.data()) != nullptr;
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    if (made_) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  Result<> move_to(const fs::path& place) {
    fs::permissions(path_, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                               fs::perms::others_read | fs::perms::others_exec);
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST) return {Failure::kConflict, place.string() + " is there already; nothing was written"};
      return write_error(place);
    }
    made_ = false;
    return Done{};
  }

 private:
  std::string path_;
  bool made_ = false;
};

}  // namespace

std::string name_fault(std::string_view name) {
  if (name.size() > kLongestName) return "at most 40 characters are allowed";
  if (name.empty() || !is_chain(name, '-', false))
    return "small letters, digits and single hyphens are allowed, a letter first: acme-lab";
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end())
    return "the build tool keeps this name for itself";
  return "";
}

std::string prefix_fault(std::string_view prefix) {
  const bool fine =
      prefix.size() <= kLongestPrefix && prefix.find('.') != std::string_view::npos && is_chain(prefix, '.', true);
  return fine ? "" : "your domain, backwards, is expected: com.example";
}

Result<std::vector<std::string>> write_project(const ScaffoldRequest& request) {
  const fs::path place = request.into / request.name;
  std::error_code failed;
  if (fs::exists(fs::symlink_status(place, failed)))
    return {Failure::kConflict, place.string() + " is there already; nothing was written"};
  NewFolder folder(request.into);
  if (!folder.made()) return write_error(request.into);
  auto written = fill_folder(folder.path(), request);
  if (!written) return written;
  if (auto moved = folder.move_to(place); !moved) return moved.error();
  return written;
}

}  // namespace vestitel
