// Instances of the hostile plugin in a child home with short deadlines.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>

#include "core/plugin/child/child_home.hpp"
#include "tests/plugin/receivers.hpp"
#include "tests/support/manual_clock.hpp"

namespace vestitel::test {

class HostileRig {
 public:
  HostileRig(const std::string& runners, std::string libraries) : libraries_(std::move(libraries)) {
    auto started = Launcher::start(runners);
    if (!started) throw std::runtime_error(started.error().message);
    launcher_ = std::move(*started);
    home_.launcher = launcher_.get();
    home_.owners = tree_owners();
    home_.progress = std::chrono::milliseconds{1'000};
    home_.load = std::chrono::milliseconds{1'000};
    home_.limits.memory = 128ULL << 20;
  }

  Result<std::unique_ptr<PluginInstance>> create(const std::string& library, const std::string& instance) {
    HostContext context;
    context.instance = instance;
    context.clock = &clock;
    const std::string path = libraries_ + "/" + library + (library.ends_with(".py") ? "" : ".so");
    auto described = describe_in_child(home_, path);
    if (!described) return described.error();
    auto made = create_in_child(home_, path, std::move(described->front()), context);
    if (!made) return made.error();
    if (auto ready = (*made)->configure("{}"); !ready) return ready.error();
    if (auto running = (*made)->start(); !running) return running.error();
    return made;
  }

  // Lets the pause after a crash go by.
  void wait_out() { clock.advance(std::chrono::minutes{2}); }

  [[nodiscard]] ChildHome& home() { return home_; }

  ManualClock clock;

 private:
  const std::string libraries_;
  std::unique_ptr<Launcher> launcher_;
  ChildHome home_;
};

inline std::optional<ParseFailure> do_deed(PluginInstance& plugin, const std::string& deed, Notes& notes) {
  DocumentArrival document = arrival();
  document.name = deed;
  TextStream bytes("one\n");
  return plugin.reader()->parse(document, bytes, notes);
}

}  // namespace vestitel::test
