// plugin check: the conformance kit on the command line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "core/base/clock.hpp"
#include "core/base/json_text.hpp"
#include "sdk/tools/check/check.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

struct CheckWords {
  check::Options options;
  std::string junit, report, key;
  int explain = 0;
  bool list = false;
};

std::string own_program() {
  std::error_code bad;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", bad);
  return bad ? std::string() : path.string();
}

// Where the two programs of the sandbox lie: beside this one, as installed or as built.
std::string runner_folder() {
  const std::filesystem::path program = own_program();
  for (const char* beside : {"lib/vestitel", "lib/vestitel-plugin-dev"}) {
    const auto folder = program.parent_path().parent_path() / beside;
    std::error_code bad;
    if (std::filesystem::exists(folder / "vestitel-runner", bad) &&
        std::filesystem::exists(folder / "vestitel-launcher", bad))
      return folder;
  }
  return {};
}

int list_checks(ToolOutcome& outcome) {
  for (const check::CheckInfo& info : check::check_list()) {
    if (!outcome.json) {
      outcome.out << (info.number < 10 ? " " : "") << info.number << " " << info.group << " "
                  << (info.error ? "E" : "W") << "  " << info.title << "\n";
      continue;
    }
    std::string title;
    append_json(title, info.title);
    outcome.out << R"({"number":)" << info.number << R"(,"group":")" << info.group << R"(","severity":")"
                << (info.error ? "error" : "warning") << R"(","title":)" << title << "}\n";
  }
  return kToolPassed;
}

int explain(ToolOutcome& outcome, int number) {
  const std::string_view page = check::page_of(number);
  if (page.empty()) return tool_fail(outcome, {Failure::kNotFound, "there is no check " + std::to_string(number)});
  outcome.out << page;
  return kToolPassed;
}

Result<> write_junit(const std::string& path, const check::Report& report) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << check::to_junit(report);
  file.close();
  if (!file.good()) return {Failure::kIo, "writing " + path + ": it cannot be written"};
  return Done{};
}

int run_check(ToolOutcome& outcome, CheckWords& words) {
  if (words.list) return list_checks(outcome);
  if (words.explain > 0) return explain(outcome, words.explain);
  if (words.options.target.empty()) {
    outcome.err << outcome.program << ": check: name a library, a program, a project or a package\n";
    return kToolUsage;
  }
  words.options.today = to_text(sofia_date(SystemClock().now()));
  words.options.self = own_program();
  words.options.runner = runner_folder();
  const bool live = !outcome.json && ::isatty(2) == 1;
  const auto report = check::run_checks(words.options, [&](const check::CheckResult& result) {
    if (live)
      outcome.err << "\rcheck " << result.number << " " << check::name_of(result.outcome) << "      " << std::flush;
  });
  if (live) outcome.err << "\r                              \r";
  if (!report) return tool_fail(outcome, report.error());
  outcome.out << (outcome.json ? to_json(*report) + "\n" : to_text(*report));
  if (!words.junit.empty())
    if (auto written = write_junit(words.junit, *report); !written) return tool_fail(outcome, written.error());
  if (!words.report.empty())
    if (auto written = write_report(*report, words.report, words.key); !written)
      return tool_fail(outcome, written.error());
  return report->passed() ? kToolPassed : kToolFailed;
}

}  // namespace

void add_check_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto words = std::make_shared<CheckWords>();
  auto* verb =
      add_tool_verb(group, outcome, "check", "certify a plugin: the conformance checks, each in a process of its own",
                    [&outcome, words] { return run_check(outcome, *words); });
  check::Options& options = words->options;
  verb->add_option("plugin", options.target, "a library (.so), a program, a project's folder or a package (.vplugin)");
  verb->add_option("--samples", options.samples, "folder of samples; else `samples` beside the plugin");
  verb->add_option("--previous", options.previous, "folder of the previous release, for checks 14 and 30");
  verb->add_option("--waivers", options.waivers, "JSON file of waivers, each with a reason and a last day");
  verb->add_option("--store", options.store, "store of plugins whose trusted keys count, for check 10");
  verb->add_option("--id", options.plugin_id, "which plugin of the library; else the first");
  verb->add_option("--only", options.only, "numbers of checks")->delimiter(',');
  verb->add_option("--except", options.except, "numbers of checks to leave out")->delimiter(',');
  verb->add_option("--seed", options.seed, "of everything random; what a result names repeats it");
  verb->add_option("--jobs", options.jobs, "checks at a time")->check(CLI::Range(1, 64));
  verb->add_option("--timeout", options.timeout_s, "seconds for each check; else each check's own")
      ->check(CLI::Range(1, 86400));
  verb->add_option("--cmake-arg", options.cmake_args, "passed to cmake for the builds of checks 59 and 60");
  verb->add_flag("--long", options.long_form,
                 "the long forms: minutes of fuzzing, a line of 1 GiB, builds with sanitizers");
  verb->add_option("--junit", words->junit, "also writes the results as JUnit XML");
  verb->add_option("--report", words->report, "also writes the report, bound to the library's hash");
  verb->add_option("--key", words->key, "PEM file of an Ed25519 key: signs the report into FILE.sig");
  verb->add_flag("--list", words->list, "lists the checks");
  verb->add_option("--explain", words->explain, "prints the page of a check");
}

}  // namespace vestitel
