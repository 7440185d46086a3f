// A running instance of the steered plugin, and receivers that write down what they get.
#pragma once
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#ifdef TEST_CHILD_HOME
#include "core/plugin/child/child_home.hpp"
#endif
#include "core/plugin/instance.hpp"
#include "tests/support/manual_clock.hpp"

namespace vestitel::test {

// The tree may have been checked out by another user than the one who tests: its owners are named, nobody else.
inline TrustedOwners tree_owners() {
  TrustedOwners own = TrustedOwners::own();
  for (std::filesystem::path p = TEST_LIBRARIES; p != p.root_path(); p = p.parent_path()) {
    struct stat status {};
    if (::stat(p.c_str(), &status) == 0) own.ids.push_back(status.st_uid);
  }
  return own;
}

// The same tests hold in both homes: a binary each.
inline Result<std::unique_ptr<PluginInstance>> create_under_test(const std::string& plugin_id, HostContext context) {
  const std::string path = std::string(TEST_LIBRARIES) + "/steered.so";
#ifdef TEST_CHILD_HOME
  static const auto launcher = Launcher::start(TEST_RUNNERS);
  REQUIRE(launcher.ok());
  ChildHome home;
  home.launcher = launcher->get();
  home.owners = tree_owners();
  return create_in_child(home, path, plugin_id, std::move(context));
#else
  const auto library = PluginLibrary::load(path, tree_owners());
  REQUIRE(library.ok());
  return create_in_process(**library, plugin_id, std::move(context));
#endif
}

struct PluginRig {
  explicit PluginRig(const std::string& plugin, const std::string& mode = "", bool run = true) {
    HostContext context;
    context.instance = "under-test";
    context.clock = &clock;
    context.secret = [this](std::string_view name) {
      return name == "password" ? std::optional(password) : std::nullopt;
    };
    auto created = create_under_test("org.test." + plugin, context);
    INFO((created ? std::string() : created.error().message));
    REQUIRE(created.ok());
    instance = std::move(*created);
    if (!run) return;
    REQUIRE(instance->configure("{\"mode\":\"" + mode + "\"}").ok());
    REQUIRE(instance->start().ok());
  }
  ManualClock clock;
  std::string password = "open sesame";
  std::unique_ptr<PluginInstance> instance;
};

class TextStream final : public ByteStream {
 public:
  explicit TextStream(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> read(std::span<char> into) override {
    if (fail_with) return *fail_with;
    const std::size_t n = text_.copy(into.data(), into.size(), at_);
    at_ += n;
    return n;
  }
  std::optional<Error> fail_with;

 private:
  std::string text_;
  std::size_t at_ = 0;
};

// "event L:C record" and "quarantined L:C element: reason", in the order in which they came.
class Notes : public FeedReceiver {
 public:
  Result<> receive(EventBatch batch) override {
    if (fail_with) return *fail_with;
    ++batches;
    for (const auto& item : batch.items) {
      if (item.quarantined) {
        const auto& q = batch.quarantined[item.index];
        lines.push_back("quarantined " + at(q.place) + " " + std::string(q.element) + ": " + std::string(q.reason));
      } else {
        const auto& e = batch.events[item.index];
        lines.push_back("event " + at(e.place) + " " + std::string(e.record));
        last = e;
      }
    }
    kept.push_back(std::move(batch));
    return Done{};
  }
  Result<> complete(std::string_view scope) override {
    return lines.push_back("complete " + std::string(scope)), Done{};
  }
  Result<> commit(std::string_view cursor) override { return lines.push_back("commit " + std::string(cursor)), Done{}; }

  std::vector<std::string> lines;
  std::vector<EventBatch> kept;
  EventView last;
  std::size_t batches = 0;
  std::optional<Error> fail_with;

 private:
  static std::string at(const Place& p) { return std::to_string(p.line) + ":" + std::to_string(p.column); }
};

inline DocumentArrival arrival() {
  DocumentArrival a;
  a.name = "report.txt";
  a.as_of = from_micros(5'000'000);
  return a;
}

}  // namespace vestitel::test
