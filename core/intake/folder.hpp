// A folder by descriptor. Names are single components; nothing outside the folder can be reached through it, whatever
// somebody puts there or exchanges meanwhile.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"

namespace vestitel {

enum class NameFault : std::uint8_t { kNone, kHidden, kNotText };
NameFault name_fault(std::string_view name);  // hidden: a leading dot; not text: bad UTF-8 or control characters

enum class Kind : std::uint8_t { kFile, kLinkedFile, kSymlink, kFolder, kOther };  // linked: more than one name
std::string_view to_text(Kind kind);

// Writes all of it, whatever interrupts. False: errno says why not.
bool write_whole(int fd, std::string_view bytes);

class Folder {
 public:
  // Opens an existing folder at an absolute path, which may not be a symlink itself.
  static Result<Folder> open(const std::string& path);

  // Opens a folder in this one that only this process's user owns, or creates it. kDenied: something else is there.
  // kGroup: whoever may read this folder by its group may read the new one too; kNobody: only the owner.
  enum class Readers : std::uint8_t { kNobody, kGroup };
  Result<Folder> open_own(std::string_view name, Readers readers) const;

  // What the name is, without following or opening it. kNotFound where there is nothing.
  struct Look {
    Kind kind = Kind::kOther;
    struct stat status {};
  };
  [[nodiscard]] Result<Look> look(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

  // Opens a file for reading: beneath the folder, no symlink, never blocking. Whether it is a regular file the caller
  // asks of the descriptor.
  [[nodiscard]] Result<OwnedFd> open_file(std::string_view name) const;

  // Creates or truncates a file of ours for writing.
  [[nodiscard]] Result<OwnedFd> create_file(std::string_view name) const;

  // Up to `most` bytes from the beginning of a file.
  [[nodiscard]] Result<std::string> read_small(std::string_view name, std::size_t most) const;
  // Makes a file of ours with this content, durable once the folder is synced.
  [[nodiscard]] Result<> write_small(std::string_view name, std::string_view content) const;

  // Lets the group of this folder read a file, where the group may read the folder. A file that we did not make keeps
  // its group, and its mode where it is not ours to change.
  void share(int file, bool made_by_us) const;

  // Moves within or between folders and never replaces: kConflict where the target exists, kNotFound without source.
  [[nodiscard]] Result<> move(std::string_view name, const Folder& to, std::string_view as) const;
  // Renames a file of ours over whatever has the new name.
  [[nodiscard]] Result<> replace(std::string_view name, const Folder& to, std::string_view as) const;
  Result<> remove(std::string_view name) const;  // a name that is not there is no error
  [[nodiscard]] Result<> sync() const;           // the names are durable

  // The same folder (device and inode) as that at `path` now.
  [[nodiscard]] bool is_at(const std::string& path) const;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit Folder(OwnedFd fd) : fd_(std::move(fd)) {}
  OwnedFd fd_;
};

}  // namespace vestitel
