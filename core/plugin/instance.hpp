// One configured plugin, whatever home it lives in: its life cycle and its abilities as the ports the core knows.
//
//   created ──configure──▶ configured ──start──▶ running ──stop──▶ stopped ──(configure | start)──▶ ...
//
// A call out of order is refused here (kConflict) and never reaches the plugin. check() is allowed from configured on.
// reader(), feed() and sink() answer from created on; their work calls are refused unless running.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/services/lent.hpp"
#include "core/ports/sink.hpp"
#include "core/ports/source.hpp"

namespace vestitel {

// What the host lends an instance. The clock outlives it.
struct HostContext {
  std::string instance;  // its id
  const Clock* clock = nullptr;
  // The value of a settings field that was declared secret; nothing: not set. Without it the service is withheld.
  std::function<std::optional<std::string>(std::string_view name)> secret;
  std::string settings = "{}";  // what configure() is given
  Lent lent{};                  // services beyond those of its kind
};

class PluginInstance {
 public:
  virtual ~PluginInstance() = default;  // cancels and stops what runs, waits for it, destroys

  virtual const PluginDescription& description() const = 0;

  // The settings as one JSON object, completed with defaults and checked against the schema, secrets left out.
  // kConfig: the message begins with the JSON pointer of the key, "/relay/port: ...".
  virtual Result<> configure(std::string_view settings_json) = 0;
  virtual Result<> check() = 0;  // reaches the peer; changes nothing there
  virtual Result<> start() = 0;
  virtual Result<> stop(Instant deadline) = 0;  // makes a running work call return; may come while one runs
  // What runs shall return soon; new work is refused with kCancelled until the next start(). Thread: any.
  virtual void cancel() = 0;

  // Null where the plugin has not the ability. Owned by the instance.
  virtual Reader* reader() = 0;
  virtual Feed* feed() = 0;
  virtual Sink* sink() = 0;
};

// Creates an instance of a plugin of this library inside this process. kNotFound: no such id in it.
Result<std::unique_ptr<PluginInstance>> create_in_process(const PluginLibrary& library, std::string_view plugin_id,
                                                          HostContext context);

}  // namespace vestitel
