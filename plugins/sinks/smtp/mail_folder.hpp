// Where reports lie: a folder of mails, each dealt with once. Of one thread; what fails throws Error, and the caller
// comes again later.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vestitel::smtp {

class MailFolder {
 public:
  static constexpr std::size_t kMostListed = 10'000;

  virtual ~MailFolder() = default;
  // Names of mails that nobody has dealt with, kMostListed at most.
  virtual std::vector<std::string> waiting() = 0;
  // The first `most` bytes of one; nothing: it cannot be read, and stays where it is.
  virtual std::optional<std::string> read(const std::string& name, std::size_t most) = 0;
  // It need not be shown again.
  virtual void done(const std::string& name) = 0;
};

}  // namespace vestitel::smtp
