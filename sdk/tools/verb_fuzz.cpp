// plugin fuzz: changed samples, in children that may die.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "core/base/random.hpp"
#include "sdk/tools/fuzz.hpp"
#include "sdk/tools/project.hpp"
#include "sdk/tools/trial.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

constexpr std::uint64_t kCasesAChild = 250;
constexpr std::size_t kEnoughFindings = 5;
constexpr std::uint64_t kMemory = 1UL << 30;
constexpr std::size_t kSampleLimit = 16UL * 1024 * 1024;

struct FuzzOptions {
  TryOptions trying;
  std::vector<std::string> samples;
  std::uint64_t cases = 5000;
  std::string seed, reproduce, keep;
};

struct Finding {
  std::uint64_t seed = 0;  // of the case
  std::string what;
};

std::string hex(std::uint64_t seed) { return fmt::format("{:016x}", seed); }

std::optional<std::uint64_t> parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seed, 16);
  if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return seed;
}

// The samples that were named, or those of the project here.
Result<std::vector<std::string>> read_samples(std::vector<std::string> paths) {
  if (paths.empty()) {
    const auto project = find_project(std::filesystem::current_path());
    if (!project) return project.error();
    for (const auto& sample : project->samples) {
      if (!sample.input.empty()) paths.push_back(project->path_of(sample.input));
    }
  }
  std::vector<std::string> samples;
  for (const std::string& path : paths) {
    auto bytes = read_whole(path, kSampleLimit);
    if (!bytes) return bytes.error();
    samples.push_back(bytes->substr(0, kFuzzLargest));
  }
  if (samples.empty()) return {Failure::kInvalid, "no sample to start from: name one"};
  return samples;
}

// One run: hands out cases, and gathers what they found.
class Fuzzing {
 public:
  Fuzzing(const FuzzOptions& options, const TryTarget& target, const std::vector<std::string>& samples)
      : options_(options), target_(target), samples_(samples), limits_(limits_of(options.trying)) {
    limits_.memory = kMemory;
  }

  // Cases `from` to `to`, by their seeds; each child goes on behind the case that ended the one before it.
  template <class SeedOf>
  Result<> run(std::uint64_t from, std::uint64_t to, SeedOf&& seed_of) {
    while (from < to && findings.size() < kEnoughFindings) {
      const std::uint64_t end = std::min(to, from + kCasesAChild);
      std::string said;
      const auto child = run_in_child(
          limits_,
          [&](ChildProgress& progress, ChildVoice& voice) { return some(from, end, seed_of, progress, voice); },
          [&](std::string_view text) { said += text; });
      if (!child) return child.error();
      if (child->finished && child->code != kToolPassed) return {Failure::kInvalid, said};
      take(said);
      from = end;
      if (!child->finished) {
        findings.push_back({seed_of(child->number), to_text(*child)});
        from = child->number + 1;
      }
      done = from;
    }
    return Done{};
  }

  std::vector<Finding> findings;
  std::uint64_t done = 0;

 private:
  // In the child: one instance reads all of these cases.
  template <class SeedOf>
  int some(std::uint64_t from, std::uint64_t to, SeedOf& seed_of, ChildProgress& progress, ChildVoice& voice) {
    const auto now = instant_of(options_.trying);
    const StoppedClock clock(now ? *now : Instant{});
    progress.number = from;
    const auto instance = start_instance(in_process_home(), target_, clock, progress);
    Reader* reader = instance ? (*instance)->reader() : nullptr;
    if (reader == nullptr) {
      voice.say(instance ? "fuzzing is for readers: this plugin does not parse" : instance.error().message);
      return kToolFailed;
    }
    progress.doing = Doing::kParsing;
    for (std::uint64_t number = from; number < to; ++number) {
      progress.number = number;
      progress.tick();
      const std::uint64_t seed = seed_of(number);
      DocumentArrival document = arrival_of("case", options_.trying, clock.now());
      const FuzzCase one = make_case(samples_, seed);
      document.size = one.bytes.size();
      if (const std::string what = try_case(*reader, document, one, progress); !what.empty()) {
        voice.say(hex(seed) + " " + what + "\n");
        voice.send();
      }
    }
    return kToolPassed;
  }

  void take(std::string_view said) {
    while (!said.empty()) {
      const std::string_view line = said.substr(0, said.find('\n'));
      said.remove_prefix(std::min(line.size() + 1, said.size()));
      if (const auto seed = parse_seed(std::string(line.substr(0, 16))); seed && line.size() > 17)
        findings.push_back({*seed, std::string(line.substr(17))});
    }
  }

  const FuzzOptions& options_;
  const TryTarget& target_;
  const std::vector<std::string>& samples_;
  ChildLimits limits_;
};

void tell(ToolOutcome& outcome, const Finding& finding) {
  if (outcome.json) {
    outcome.out << nlohmann::json{{"case", hex(finding.seed)}, {"found", finding.what}}.dump() << "\n";
  } else {
    outcome.out << "case " << hex(finding.seed) << ": the plugin " << finding.what << "\n  again:  " << outcome.program
                << " fuzz --reproduce " << hex(finding.seed) << "\n";
  }
}

int summed_up(ToolOutcome& outcome, const Fuzzing& fuzzing, const std::string& seed) {
  for (const Finding& finding : fuzzing.findings) tell(outcome, finding);
  if (outcome.json) {
    outcome.out << nlohmann::json{{"seed", seed}, {"cases", fuzzing.done}, {"findings", fuzzing.findings.size()}}.dump()
                << "\n";
  } else {
    outcome.out << fuzzing.done << " cases, " << fuzzing.findings.size() << " findings; seed " << seed << "\n";
  }
  return fuzzing.findings.empty() ? kToolPassed : kToolFailed;
}

// One case again. Its bytes are kept where that was asked for: they derive from samples and may hold what these hold.
int reproduce(ToolOutcome& outcome, const FuzzOptions& options, const std::vector<std::string>& samples,
              Fuzzing& fuzzing, std::uint64_t seed) {
  if (!options.keep.empty()) {
    std::ofstream file(options.keep, std::ios::binary | std::ios::trunc);
    file << make_case(samples, seed).bytes;
    if (!file.flush()) return tool_fail(outcome, {Failure::kIo, "writing " + options.keep});
  }
  if (auto done = fuzzing.run(0, 1, [seed](std::uint64_t) { return seed; }); !done)
    return tool_fail(outcome, done.error());
  return summed_up(outcome, fuzzing, hex(seed));
}

int fuzz(ToolOutcome& outcome, const FuzzOptions& options) {
  const auto target = find_target(options.trying, outcome.err);
  if (!target) return tool_fail(outcome, target.error());
  const auto samples = read_samples(options.samples);
  if (!samples) return tool_fail(outcome, samples.error());
  Fuzzing fuzzing(options, *target, *samples);
  if (!options.reproduce.empty()) return reproduce(outcome, options, *samples, fuzzing, *parse_seed(options.reproduce));
  SystemRandom random;
  const std::uint64_t seed = options.seed.empty() ? random.number() : *parse_seed(options.seed);
  if (!outcome.json) outcome.out << "seed " << hex(seed) << "\n" << std::flush;
  const auto done = fuzzing.run(0, options.cases, [seed](std::uint64_t number) { return case_seed(seed, number); });
  return done ? summed_up(outcome, fuzzing, hex(seed)) : tool_fail(outcome, done.error());
}

CLI::Validator a_seed() {
  return CLI::Validator(
      [](std::string& text) { return parse_seed(text) ? "" : std::string("up to 16 hexadecimal digits are expected"); },
      "", "seed");
}

}  // namespace

void add_fuzz_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<FuzzOptions>();
  options->trying.timeout_s = 2;
  auto* verb =
      add_tool_verb(group, outcome, "fuzz", "changed samples, by the thousand: no crash, no hang, no broken contract",
                    [&outcome, options] { return fuzz(outcome, *options); });
  verb->add_option("sample", options->samples, "documents to start from (default: the samples of the project here)");
  verb->add_option("--cases", options->cases, "how many")->check(CLI::Range(1UL, 1'000'000'000UL));
  verb->add_option("--seed", options->seed, "the seed of a run, to repeat it")->check(a_seed());
  verb->add_option("--reproduce", options->reproduce, "one case again, by its seed")->check(a_seed());
  verb->add_option("--keep", options->keep, "with --reproduce: write the case's bytes to this file")
      ->needs("--reproduce");
  add_try_options(*verb, options->trying);
}

}  // namespace vestitel
