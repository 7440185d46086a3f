// What a configuration reads of the machine, as an argument.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel {

struct FileFacts {
  std::uint32_t mode = 0;   // permission bits alone
  std::uint32_t owner = 0;  // user id
  bool regular = false;
};

struct ReadFile {
  std::string bytes;
  FileFacts facts;  // of the very file that was read
};

class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::optional<std::string> variable(const std::string& name) const = 0;
  // The whole file, or kNotFound, kDenied, or kInvalid where it is larger than `most` or not a regular file.
  virtual Result<ReadFile> read(const std::string& path, std::size_t most) const = 0;
  // Facts of a file without reading it; kNotFound where there is none.
  virtual Result<FileFacts> facts(const std::string& path) const = 0;
  // The names in a folder, sorted; kNotFound where there is no such folder.
  virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;
  virtual std::uint32_t user() const = 0;  // effective user id
  // The name of a user, else the number as text.
  virtual std::string user_name(std::uint32_t id) const = 0;
  // An absolute path in its plainest form: symlinks followed as far as it exists, no ".." and no slash at its end.
  virtual std::string real_path(const std::string& path) const = 0;
};

class SystemEnvironment final : public Environment {
 public:
  std::optional<std::string> variable(const std::string& name) const override;
  Result<ReadFile> read(const std::string& path, std::size_t most) const override;
  Result<FileFacts> facts(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& folder) const override;
  std::uint32_t user() const override;
  std::string user_name(std::uint32_t id) const override;
  std::string real_path(const std::string& path) const override;
};

}  // namespace vestitel
