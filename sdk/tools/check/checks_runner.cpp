// G, number 66: the same results in process and in the runner, through the adapters of the hub in both.
#include <sys/stat.h>

#include <algorithm>

#include "core/base/clock.hpp"
#include "core/plugin/child/child_home.hpp"
#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/stage.hpp"
#include "sdk/tools/program/program.hpp"
#include "sdk/tools/tried_services.hpp"

namespace vestitel::check {
namespace {

// A clock that stands, so that both homes see one time.
class StillClock final : public Clock {
 public:
  Instant now() const override { return from_micros(1'795'608'000'000'000); }
  Micros monotonic() const override { return SystemClock().monotonic(); }
};

// What came, as text.
class Lines final : public FeedReceiver {
 public:
  Result<> receive(EventBatch batch) override {
    for (const auto& event : batch.events) {
      text += std::string(event.type) + " " + std::string(event.scope) + "|" + std::string(event.record) + " " +
              std::string(event.subject) + " " + std::to_string(event.occurred_us);
      for (const auto& [key, value] : event.attributes) text.append(" ").append(key).append("=").append(value);
      text += "\n";
    }
    for (const auto& record : batch.quarantined)
      quarantined += std::to_string(record.place.line) + " " + std::string(record.reason) + "\n";
    return Done{};
  }
  Result<> complete(std::string_view scope) override { return text.append(scope).append("\n"), Done{}; }
  Result<> commit(std::string_view cursor) override { return last = cursor, text.append(cursor).append("\n"), Done{}; }
  std::string text, quarantined, last;
};

class Bytes final : public ByteStream {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t n = bytes_.copy(into.data(), into.size());
    bytes_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view bytes_;
};

std::string parse_all(const Trial& trial, Reader& reader) {
  Lines lines;
  for (const Sample& sample : trial.subject.samples) {
    DocumentArrival arrival;
    arrival.name = sample.name;
    arrival.partner = sample.partner;
    arrival.as_of = StillClock().now();
    arrival.complete = sample.complete;
    arrival.size = sample.bytes.size();
    Bytes bytes(sample.bytes);
    const auto failed = reader.parse(arrival, bytes, lines);
    if (failed) lines.text += "refused: " + failed->error.message + "\n";
  }
  return lines.text + lines.quarantined;
}

std::string poll_all(Feed& feed) {
  Lines lines;
  for (int i = 0; i < 200; ++i) {
    const auto answer = feed.poll(lines.last, 100, lines);
    if (!answer) return lines.text + "failed: " + answer.error().message;
    if (!answer->more) break;
  }
  return lines.text + lines.quarantined;
}

Result<std::string> lived(const Trial& trial, Result<std::unique_ptr<PluginInstance>> made) {
  if (!made) return made.error();
  PluginInstance& instance = **made;
  if (auto done = instance.configure(settings_for(trial)); !done) return done.error();
  if (auto done = instance.start(); !done) return done.error();
  std::string text;
  if (Reader* reader = instance.reader()) text += parse_all(trial, *reader);
  if (Feed* feed = instance.feed()) text += poll_all(*feed);
  static_cast<void>(instance.stop(SystemClock().now() + std::chrono::seconds(2)));
  return text;
}

// What the samples have recorded, where they have.
TriedHttp http_of(const Trial& trial) {
  const std::string cassette = trial.subject.samples_folder + "/recorded.http";
  if (trial.subject.samples_folder.empty() || ::access(cassette.c_str(), R_OK) != 0) return {};
  return {TriedHttp::Mode::kReplay, cassette};
}

}  // namespace

void check_same_in_runner(Trial& trial) {
  if (trial.options.runner.empty())
    return static_cast<void>(trial.skip("vestitel-runner is not installed beside this program"));
  if ((trial.subject.described.kind & kFeed) == 0 && !needs_sample(trial)) return;
  StillClock clock;
  const auto secrets = secrets_for(trial);
  const auto context = [&] {
    HostContext made;
    made.instance = "under-check";
    made.clock = &clock;
    made.settings = settings_for(trial);
    made.secret = [secrets](std::string_view name) -> std::optional<std::string> {
      const auto found = secrets.find(std::string(name));
      return found == secrets.end() ? std::nullopt : std::optional(found->second);
    };
    return made;
  };
  // A copy in a folder of our own: where the vendor built it, others may write.
  const std::string name = trial.subject.library.substr(trial.subject.library.rfind('/'));
  const std::string path = trial.scratch + (trial.subject.program ? name : "/plugin.so");
  ::chmod(trial.scratch.c_str(), 0755);  // the runner may be another user
  const auto bytes = read_file(trial.subject.library, std::size_t{256} << 20);
  if (!bytes || !write_private(path, *bytes)) return static_cast<void>(trial.skip("the library cannot be copied"));
  auto launcher = Launcher::start(trial.options.runner);
  if (!launcher) return static_cast<void>(trial.skip(launcher.error().message));
  ChildHome home;
  home.launcher = launcher->get();
  trial.at("working in the runner");
  // As from a package: a program is started from the bytes that were checked.
  const std::string digest = trial.subject.program ? trial.subject.sha256 : "";
  const auto plugins = describe_in_child(home, path, digest);
  if (!trial.expect(plugins.ok(), "the runner to describe it", plugins.ok() ? "" : plugins.error().message)) return;
  const auto plugin = std::find_if(plugins->begin(), plugins->end(),
                                   [&](const auto& one) { return one.id == trial.subject.described.id; });
  if (!trial.expect(plugin != plugins->end(), "the same ids in the runner", "others")) return;
  auto far = tried(context(), *plugin, http_of(trial)), near = tried(context(), *plugin, http_of(trial));
  if (!trial.expect(far.ok() && near.ok(), "capabilities that can be read", far.ok() ? "" : far.error().message))
    return;
  const auto there = lived(trial, create_in_child(home, path, *plugin, std::move(*far), digest));
  if (!trial.expect(there.ok(), "it to work in the runner", there.ok() ? "" : there.error().message)) return;
  trial.at("working in process");
  const auto library = load_plugin(path);
  if (!trial.expect(library.ok(), "it to load", library.ok() ? "" : library.error().message)) return;
  const auto here = lived(trial, create_in_process(**library, trial.subject.described.id, std::move(*near)));
  if (!trial.expect(here.ok(), "it to work in process", here.ok() ? "" : here.error().message)) return;
  trial.expect(*here == *there, "the same results in process and in the runner", "others");
}

}  // namespace vestitel::check
