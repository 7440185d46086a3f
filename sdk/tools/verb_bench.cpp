// plugin bench: how fast, how evenly and in how much memory.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "sdk/tools/measure.hpp"
#include "sdk/tools/program/program.hpp"
#include "sdk/tools/trial.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;

struct BenchOptions {
  TryOptions trying;
  std::string file;
  double seconds = 3;
  std::vector<std::size_t> batches{256};
  std::string home;
};

ordered_json to_json(const Measured& m, std::uint64_t peak_rss_kib) {
  return {{"home", m.home},
          {"batch", m.batch},
          {"items", m.items},
          {"seconds", m.seconds},
          {"items_per_second", m.rate()},
          {"mib_per_second", m.mib_per_second()},
          {"items_a_batch", m.mean_batch()},
          {"p50_us", m.p50_us},
          {"p99_us", m.p99_us},
          {"peak_rss_kib", peak_rss_kib}};
}

std::string to_line(const ordered_json& m) {
  return fmt::format(
      "{:<12} batch {:>5}  {:>12.0f} {}/s  {:>8.1f} MiB/s  a batch of {:>6.1f}: p50 {:>9.1f} us  p99 {:>9.1f} us  "
      "peak {} MiB\n",
      m["home"].get<std::string>(), m["batch"].get<std::size_t>(), m["items_per_second"].get<double>(),
      m["what"].get<std::string>(), m["mib_per_second"].get<double>(), m["items_a_batch"].get<double>(),
      m["p50_us"].get<double>(), m["p99_us"].get<double>(), m["peak_rss_kib"].get<std::uint64_t>() / 1024);
}

// One home at one size of batch, in a child of its own, so that peak memory is its alone.
int bench_one(ToolOutcome& outcome, const BenchOptions& options, const TryTarget& target, std::string_view input,
              const TryHome& home, std::size_t batch) {
  std::string answer;
  const MeasureRequest request{home, target, input, options.file, batch, options.seconds};
  const auto end = run_in_child(
      limits_of(options.trying),
      [&](ChildProgress& progress, ChildVoice& voice) {
        const auto measured = measure(request, options.trying, progress);
        if (!measured) return tool_fail(outcome, measured.error());
        ordered_json out = to_json(*measured, 0);
        out["what"] = measured->what;
        voice.say(out.dump());
        return static_cast<int>(kToolPassed);
      },
      [&](std::string_view text) { answer += text; });
  if (!end) return tool_fail(outcome, end.error());
  if (!end->finished) return tell_end(outcome, "the plugin", *end);
  if (end->code != kToolPassed) return end->code;
  ordered_json measured = ordered_json::parse(answer, nullptr, false);
  if (!measured.is_object()) return tool_fail(outcome, {Failure::kInternal, "the measuring child said nothing"});
  measured["peak_rss_kib"] = end->peak_rss_kib;
  outcome.out << (outcome.json ? measured.dump() + "\n" : to_line(measured)) << std::flush;
  return kToolPassed;
}

int bench(ToolOutcome& outcome, const BenchOptions& options) {
  const auto target = find_target(options.trying, outcome.err);
  if (!target) return tool_fail(outcome, target.error());
  const auto input = options.file.empty() ? Result<MappedFile>(MappedFile::empty()) : MappedFile::open(options.file);
  if (!input) return tool_fail(outcome, input.error());
  bool measured = false;
  for (const std::size_t batch : options.batches) {
    for (const TryHome* home : bench_homes()) {
      if (!options.home.empty() && home->name != options.home) continue;
      if (home == &in_process_home() && is_program(target->library)) continue;  // it never lives there
      measured = true;
      if (const int exit = bench_one(outcome, options, *target, input->bytes(), *home, batch); exit != kToolPassed)
        return exit;
    }
  }
  if (measured) return kToolPassed;
  return tool_fail(outcome, {Failure::kInvalid, "a program lives in the runner alone: nothing was measured"});
}

std::vector<std::string> home_names() {
  std::vector<std::string> names;
  for (const TryHome* home : bench_homes()) names.push_back(home->name);
  return names;
}

}  // namespace

void add_bench_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<BenchOptions>();
  auto* verb = add_tool_verb(group, outcome, "bench", "events a second, time and memory of the plugin, in each home",
                             [&outcome, options] { return bench(outcome, *options); });
  verb->add_option("file", options->file, "a document for a reader, messages (JSON lines) for a sink; none for a feed");
  verb->add_option("--seconds", options->seconds, "how long each measurement takes")->check(CLI::Range(0.1, 3600.0));
  verb->add_option("--batch", options->batches,
                   "messages a call of a sink, events a poll of a feed; several are measured "
                   "one after the other (a reader decides by itself)")
      ->delimiter(',')
      ->check(CLI::Range(1, 100'000));
  verb->add_option("--home", options->home, "of this home alone")->check(CLI::IsMember(home_names()));
  add_try_options(*verb, options->trying);
}

}  // namespace vestitel
