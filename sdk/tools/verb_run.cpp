// plugin run: what the plugin makes of an input, without a hub. record and replay: the same, with its HTTP written
// down, or answered from what was.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "sdk/tools/golden.hpp"
#include "sdk/tools/run_child.hpp"
#include "sdk/tools/trial.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct RunOptions {
  TryOptions trying;
  RunRequest request;
  std::string expect;
  bool update = false;
  TriedHttp http;
};

// What the child says is printed as it comes, or kept to be held against a golden file.
class Hearing {
 public:
  Hearing(ToolOutcome& outcome, bool keep) : outcome_(outcome), keep_(keep) {}
  void operator()(std::string_view text) {
    if (keep_) {
      kept_ += text;
    } else {
      outcome_.out << text << std::flush;
    }
  }
  [[nodiscard]] const std::string& kept() const { return kept_; }

 private:
  ToolOutcome& outcome_;
  const bool keep_;
  std::string kept_;
};

// Where the plugin had got to when it died: the same once more, with the input handed over line by line, so that the
// last line it was given is the one it died on.
void tell_place(ToolOutcome& outcome, const RunOptions& options, const TryTarget& target, const MappedFile& input) {
  RunRequest slowly = options.request;
  slowly.pieces = {4096, true};
  slowly.silent = true;
  const auto end = run_in_child(
      limits_of(options.trying),
      [&](ChildProgress& progress, ChildVoice& voice) {
        return run_work(slowly, options.trying, target, input.bytes(), progress, voice, outcome);
      },
      [](std::string_view) {});
  if (!end || end->finished || end->bytes == 0) return;
  outcome.err << "  handed over line by line, the input had been read up to line "
              << end->lines + (input.bytes()[end->bytes - 1] == '\n' ? 0 : 1) << " (" << end->bytes << " bytes)\n";
}

int run_one(ToolOutcome& outcome, RunOptions& options, const TryTarget& target) {
  const auto input =
      options.request.file.empty() ? Result<MappedFile>(MappedFile::empty()) : MappedFile::open(options.request.file);
  if (!input) return tool_fail(outcome, input.error());
  const bool golden = !options.expect.empty();
  options.request.json = outcome.json && !golden;
  options.request.golden = golden;
  Hearing hearing(outcome, golden);
  const auto end = run_in_child(
      limits_of(options.trying),
      [&](ChildProgress& progress, ChildVoice& voice) {
        return run_work(options.request, options.trying, target, input->bytes(), progress, voice, outcome);
      },
      [&](std::string_view text) { hearing(text); });
  if (!end) return tool_fail(outcome, end.error());
  if (!end->finished) {
    const int exit = tell_end(outcome, "the plugin", *end);
    if (end->bytes > 0 && !outcome.json) tell_place(outcome, options, target, *input);
    return exit;
  }
  if (!golden || end->code > kToolFailed) return end->code;
  return options.update ? write_golden(outcome, options.expect, hearing.kept())
                        : hold_to_golden(outcome, options.expect, hearing.kept());
}

int run(ToolOutcome& outcome, RunOptions& options) {
  auto target = find_target(options.trying, outcome.err);
  if (!target) return tool_fail(outcome, target.error());
  target->http = options.http;
  return run_one(outcome, options, *target);
}

CLI::App* add_running_verb(CLI::App& group, ToolOutcome& outcome, const char* name, const char* help,
                           const std::shared_ptr<RunOptions>& options) {
  auto* verb = add_tool_verb(group, outcome, name, help, [&outcome, options] { return run(outcome, *options); });
  verb->add_option("file", options->request.file,
                   "a document for a reader, messages (JSON lines) for a sink; none for a feed");
  add_try_options(*verb, options->trying);
  verb->add_option("--cursor", options->request.cursor, "where a feed goes on");
  verb->add_option("--expect", options->expect, "hold what is printed to this file; exit 1 when it differs");
  verb->add_flag("--update", options->update, "write that file instead")->needs("--expect");
  return verb;
}

}  // namespace

void add_run_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<RunOptions>();
  auto* verb = add_running_verb(group, outcome, "run",
                                "print what the plugin makes of a file: events, rejects, verdicts", options);
  verb->add_option("--chunk", options->request.pieces.most, "most bytes the plugin is given at once")
      ->check(CLI::Range(1, 1 << 24));
}

void add_record_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<RunOptions>();
  options->http = {TriedHttp::Mode::kRecord, "samples/recorded.http"};
  auto* verb =
      add_running_verb(group, outcome, "record", "run, and write down each answer that its HTTP gets", options);
  verb->add_option("--to", options->http.cassette, "where to (samples/recorded.http)");
}

void add_replay_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<RunOptions>();
  options->http = {TriedHttp::Mode::kReplay, "samples/recorded.http"};
  auto* verb = add_running_verb(group, outcome, "replay", "run, with HTTP answered from what was recorded", options);
  verb->add_option("--from", options->http.cassette, "where from (samples/recorded.http)");
}

}  // namespace vestitel
