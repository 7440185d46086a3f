// The second home of a plugin: a process of its own, behind the same interface as the first. What the plugin does to
// that process it does to nobody else; the hub starts another.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/child/launcher.hpp"
#include "core/plugin/child/runner_process.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/trusted_file.hpp"

namespace vestitel {

// How runners are kept. The defaults are those of the design.
struct ChildHome {
  Launcher* launcher = nullptr;  // outlives every instance
  TrustedOwners owners = TrustedOwners::own();
  RunnerLimits limits;
  std::chrono::milliseconds load{10'000};       // until a plugin is loaded and its instance created
  std::chrono::milliseconds control{10'000};    // configure, start; stop: its deadline and two seconds
  std::chrono::milliseconds check{60'000};      // reaching the peer
  std::chrono::milliseconds progress{5'000};    // parse: without an event, a byte or a request
  std::chrono::milliseconds poll{30'000};       // poll: the same; it may wait for another side
  std::chrono::milliseconds send_grace{2'000};  // beyond what the sink says that a send may take
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds first_pause{1'000};  // after a crash; doubled by each that follows
  std::chrono::milliseconds longest_pause{60'000};
};

// What the library at this path (NAME.so, or an executable file of any other name that speaks the runner's protocol)
// says of its plugins, without a byte of it being run here. The file has to be one that
// open_trusted() takes; with `sha256` (hex) its bytes have that digest, and a program is started from them alone.
Result<std::vector<PluginDescription>> describe_in_child(const ChildHome& home, const std::string& path,
                                                         const std::string& sha256 = "");

// An instance of `plugin`, one of those that describe_in_child() told, in a process of its own. It is started at once,
// and again when it has ended, at the next work call after a pause that grows; until then that call is refused with
// kBusy. A call during which the process ends: kCrashed.
// With `sha256` (hex) a process is given the file only while its bytes have that digest, at each start.
Result<std::unique_ptr<PluginInstance>> create_in_child(const ChildHome& home, const std::string& path,
                                                        PluginDescription plugin, HostContext context,
                                                        std::string sha256 = "");

}  // namespace vestitel
