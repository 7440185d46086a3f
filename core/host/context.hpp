// What a verb of the command line works with: its streams, the configuration, and the store, however it is reached.
#pragma once
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/config/config.hpp"
#include "core/store/sqlite/store.hpp"

namespace vestitel {

enum Exit : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitStoreHeld = 69,  // another process holds the store
  kExitStorage = 75,    // a COMMIT failed; the supervisor restarts the hub
  kExitConfig = 78,
  kExitForward = -1,  // never leaves the program: a running hub has to carry the verb out
};

class Hub;

struct Context {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  const Clock& clock;
  Random& random;
  bool json = false;
  bool terminal = false;  // out is one
  std::string config_path = "/etc/vestitel";
  std::optional<HubConfig> config{};  // given: config_path is not read
  std::string folder{};               // where relative paths start; "": the working directory
  std::stop_token stop{};             // a long verb ends when it is asked to
  sqlite::Store* running = nullptr;   // inside a running hub: its store
  Hub* hub = nullptr;                 // and itself
};

// The exit code that an error means.
int exit_code(const Error& error);
int fail(Context& context, const Error& error);  // prints it, as JSON where that was asked for

// Makes sure that what was printed has left: `exit`, or kExitFailed with a word on `err` where it could not.
int said(Context& context, int exit);

// A path from the command line.
std::string path_of(const Context& context, const std::string& path);

// Prints what is wrong with a configuration.
int fail(Context& context, const ConfigFindings& findings);

// The configuration, or the exit code after every error was printed.
struct LoadedConfig {
  std::optional<HubConfig> config;
  int exit = kExitDone;
};
LoadedConfig load(Context& context);

// A store made by another user would be left with files that its hub cannot write: kDenied, with whose it is.
Result<> store_is_ours(const HubConfig& config);

// Runs `use` with the store open for reading, beside a running hub or without one.
int with_look(Context& context, const std::function<int(LookStore&, sqlite::PersonKeys&)>& use);

// Runs `use` with the store open for writing; kExitForward where a running hub holds it.
int with_store(Context& context, const std::function<int(sqlite::Store&, const HubConfig&)>& use);

}  // namespace vestitel
