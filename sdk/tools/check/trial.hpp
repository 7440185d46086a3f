// One check while it runs, in its own child. What it finds lies in memory that the parent shares, so that a crash or a
// kill still says where it was.
#pragma once
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "sdk/tools/check/check.hpp"
#include "sdk/tools/check/subject.hpp"

namespace vestitel::check {

// Shared between the kit and one child; the child may die at any byte of it. Texts end at their first zero.
struct Slate {
  static constexpr std::size_t kText = 1200;
  Outcome outcome;    // skipped until the check has begun
  bool done;          // set last: the check came to its end
  char place[kText];  // what the check is doing
  char message[2 * kText];
};

class Trial {
 public:
  Trial(const Subject& subject, const Options& options, Slate& slate, std::string scratch, std::uint64_t seed);

  const Subject& subject;
  const Options& options;
  const std::string scratch;  // a folder of this check's own, removed after it
  std::mt19937_64 random;

  // Where the check is; told when it fails, crashes or is killed.
  void at(std::string_view place);

  // False, and the check has failed, when `holds` does not. The first failure stands.
  bool expect(bool holds, std::string_view expected, std::string_view seen);
  bool fail(std::string_view expected, std::string_view seen) { return expect(false, expected, seen); }
  // The same as a warning, for what only ought to be.
  void advise(bool holds, std::string_view expected, std::string_view seen);
  // Added to the place that stands, for what ends the check from outside.
  void beside(std::string_view what);
  // This plugin cannot be asked; returns false. A failure that was found before stands.
  bool skip(std::string_view reason);

  [[nodiscard]] bool failed() const { return slate_.outcome == Outcome::failed; }
  [[nodiscard]] bool long_form() const { return options.long_form; }

 private:
  void say(Outcome outcome, std::string_view expected, std::string_view seen);
  Slate& slate_;
};

// One row of the table.
struct Check {
  CheckInfo info;
  unsigned kinds;  // which kinds of plugin it asks, and kLibraries where it does not ask programs
  bool loads;      // it runs code of the library: skipped when the library cannot be loaded and described
  int seconds;     // its time; ten times that in the long form
  void (*run)(Trial&);
};
const std::vector<Check>& table();

inline constexpr unsigned kReader = 1, kFeed = 2, kSink = 4, kSource = 3, kAny = 7;
// A bit beside the kinds: about what is loaded (ELF, the ABI's structs, the process that both share), not about
// programs.
inline constexpr unsigned kLibraries = 8, kAnyLibrary = kAny | kLibraries;

}  // namespace vestitel::check
