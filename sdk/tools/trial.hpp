// What the verbs that try a plugin have in common: their options, the input as a plugin pulls it, and the child in
// which all of it happens.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/ports/source.hpp"
#include "sdk/tools/child.hpp"
#include "sdk/tools/target.hpp"
#include "sdk/tools/tool.hpp"

namespace vestitel {

struct TryOptions {
  std::string plugin;                // a built library; "": that of the project here, built first
  std::string id;                    // of the plugin in it
  std::string settings;              // a file with one JSON object
  std::vector<std::string> secrets;  // NAME=FILE
  std::string partner = "partner", as_of;
  bool show_identifiers = false;
  double timeout_s = 5;
};
void add_try_options(CLI::App& verb, TryOptions& options);

// The plugin that the options mean. A project is built when something changed. Settings that are not given come from
// the project's settings.json, where there is one.
Result<TryTarget> find_target(const TryOptions& options, std::ostream& err);

// A wall clock that stands still: what a plugin makes of its input is the same whenever it is tried again.
class StoppedClock final : public Clock {
 public:
  explicit StoppedClock(Instant at) : at_(at) {}
  [[nodiscard]] Instant now() const override { return at_; }
  [[nodiscard]] Micros monotonic() const override { return SystemClock().monotonic(); }

 private:
  const Instant at_;
};

// What time it is for the plugin: --as-of, or now.
Result<Instant> instant_of(const TryOptions& options);

// What the host would know of this document.
DocumentArrival arrival_of(const std::string& path, const TryOptions& options, Instant as_of);

// How a document is handed over: pieces of at most `most` bytes; `by_line`: a piece ends where a line ends.
struct Pieces {
  std::size_t most = 65536;
  bool by_line = false;
};

// A document in memory or in a file, pulled in pieces; keeps `progress` up to date.
class TriedBytes final : public ByteStream {
 public:
  TriedBytes(std::string_view bytes, Pieces pieces, ChildProgress& progress)
      : bytes_(bytes), pieces_(pieces), progress_(progress) {}
  Result<std::size_t> read(std::span<char> into) override;

 private:
  std::string_view bytes_;
  const Pieces pieces_;
  ChildProgress& progress_;
};

// A file that is only read; nothing of it is copied.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  static MappedFile empty() { return MappedFile({}); }
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

ChildLimits limits_of(const TryOptions& options);

// What became of a child whose work did not return: one line on err, kToolFailed.
int tell_end(ToolOutcome& outcome, const std::string& who, const ChildEnd& end);

}  // namespace vestitel
