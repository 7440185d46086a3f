#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "core/base/safe_text.hpp"
#include "core/host/hub.hpp"
#include "core/host/present.hpp"
#include "core/host/setup.hpp"
#include "core/host/verbs.hpp"
#include "core/intake/import.hpp"
#include "core/intake/sidecar.hpp"

namespace vestitel {
namespace {

// One line on a terminal, redrawn at most ten times a second; nothing elsewhere.
class Bar {
 public:
  Bar(Context& context, std::string name) : context_(context), name_(std::move(name)) {}
  ~Bar() { clear(); }
  void show(const ImportProgress& progress) {
    const Micros now = context_.clock.monotonic();
    if (!context_.terminal || context_.json || now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    const double done =
        progress.total == 0 ? 1 : static_cast<double>(progress.bytes) / static_cast<double>(progress.total);
    const auto filled = static_cast<std::size_t>(done * kWidth);
    context_.err << fmt::format("\r{} [{}{}] {:3.0f}% {} {}", name_, std::string(filled, '#'),
                                std::string(kWidth - filled, '.'), done * 100,
                                progress.phase == ImportPhase::kDigest ? "checking" : "records",
                                progress.phase == ImportPhase::kDigest ? "" : std::to_string(progress.items))
                 << std::flush;
    drawn_ = true;
  }
  void clear() {
    if (drawn_) context_.err << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }

 private:
  static constexpr std::size_t kWidth = 30;
  Context& context_;
  const std::string name_;
  Micros next_{0};
  bool drawn_ = false;
};

const Instance* reader_instance(const HubConfig& config, const std::string& source) {
  const Instance* found = config.find(source);
  return found != nullptr && !found->sink ? found : nullptr;
}

std::string sources_of(const HubConfig& config) {
  std::string ids;
  for (const Instance& instance : config.instances)
    if (!instance.sink) ids += (ids.empty() ? "" : ", ") + instance.id;
  return ids.empty() ? "none" : ids;
}

// Of a repeat the row is the earlier one; its name is not the one that was given now.
void print_outcome(Context& context, IntakeOutcome outcome, const std::string& file) {
  const std::string before = std::exchange(outcome.row.arrival.name, file.substr(file.rfind('/') + 1));
  if (context.json) {
    auto json = to_json(outcome.row);
    json["repeat"] = outcome.repeat;
    if (outcome.repeat) json["accepted_as"] = before;
    context.out << dumped(json) << "\n";
    return;
  }
  context.out << line_of(outcome.row);
  if (outcome.repeat)
    context.out << "  (the same bytes were accepted before, as " << one_line(before) << ": 0 new events)";
  context.out << "\n";
}

int import_all(Context& context, sqlite::Store& store, const HubConfig& config, const ImportOptions& options) {
  const Instance* instance = reader_instance(config, options.source);
  if (instance == nullptr)
    return fail(context, {Failure::kNotFound, "importing: no source instance is called " + options.source +
                                                  "; there are: " + sources_of(config)});
  if (auto room = room_for_intake(config); !room) {
    fail(context, room.error());
    return kExitFailed;
  }
  const Catalogue catalogue = catalogue_of(config);
  auto plugin = configured(*instance, catalogue, context.clock);
  if (!plugin) return fail(context, plugin.error());
  if ((*plugin)->reader() == nullptr)
    return fail(context, {Failure::kConfig, "importing: instance " + options.source + " is no reader"});
  if (auto started = (*plugin)->start(); !started) return fail(context, started.error());

  DocumentIntake intake(store.intake(), *(*plugin)->reader(), rules_with(context.clock, store.partners()));
  int exit = kExitDone;
  std::size_t number = 0;
  for (const std::string& file : options.files) {
    ++number;
    ImportRequest request;
    request.path = path_of(context, file);
    request.instance = options.source;
    request.partner = options.partner.empty() && instance->reader ? instance->reader->partner : options.partner;
    request.complete = options.complete;
    if (!options.as_of.empty()) {
      request.as_of = parse_as_of(options.as_of);
      if (!request.as_of)
        return fail(context, {Failure::kInvalid, "importing: --as-of takes 2026-10-31 or 2026-10-31T08:00:00Z"});
    }
    Bar bar(context, file);
    auto outcome =
        import_file(request, intake, context.clock, context.stop, [&](const ImportProgress& p) { bar.show(p); });
    bar.clear();
    if (!outcome) {
      const bool several = options.files.size() > 1;
      exit = fail(context, several ? outcome.error().during(fmt::format("file {} of {}", number, options.files.size()))
                                   : outcome.error());
      continue;
    }
    print_outcome(context, std::move(*outcome), file);
    if (outcome->row.state == DocumentState::kRejected) exit = kExitFailed;
  }
  return exit;
}

}  // namespace

int verb_import(Context& context, const ImportOptions& options) {
  return with_store(context, [&](sqlite::Store& store, const HubConfig& config) {
    return import_all(context, store, config, options);
  });
}

}  // namespace vestitel
