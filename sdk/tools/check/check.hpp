// The conformance kit: whether a built plugin keeps the contract. Each check is numbered, and its number is its name
// for ever: reports, waivers and the pages of sdk/docs/checks/ use it.
//
// No line of the plugin runs in the caller's process. Each check runs in a child of its own, with its own session,
// limits and scratch folder, and is killed with everything it started when its time is over. Call run_checks from a
// process without other threads: it forks.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel::check {

enum class Outcome : std::uint8_t { passed, warned, failed, skipped, timed_out, crashed };
std::string_view name_of(Outcome outcome);

struct Options {
  std::string target;                   // a library, a program, a folder with plugin.json, or a .vplugin
  std::string samples;                  // folder of samples; empty: `samples` beside the library
  std::string previous;                 // folder of the previous release; empty: none
  std::string waivers;                  // file of waivers; empty: none
  std::string plugin_id;                // which plugin of the library; empty: the first
  std::string runner;                   // folder of vestitel-runner and vestitel-launcher, for no. 66; empty: none
  std::string store;                    // store of plugins whose trusted keys count, for no. 10; empty: none
  std::string self;                     // a program that takes `check`, for the checks that run it again; empty: none
  std::vector<std::string> cmake_args;  // for the builds of 59 and 60
  std::vector<int> only, except;        // numbers; empty: all, none
  std::uint64_t seed = 1;               // of everything random; told in each result
  int jobs = 0;                         // checks at a time; 0: one for each processor, at most 4
  int timeout_s = 0;                    // for each check; 0: each check's own
  bool long_form = false;               // fuzz for minutes, a line of 1 GiB, 50 reloads, builds with sanitizers
  std::string today;                    // YYYY-MM-DD, for the expiry of waivers
};

struct CheckResult {
  int number = 0;
  Outcome outcome = Outcome::skipped;
  bool waived = false;  // it found something, and a waiver that has not expired says why that may stand
  std::string message;  // what was expected, what was seen, where; or why it was skipped
  std::string waiver;   // the waiver's reason, where waived
  std::uint64_t seed = 0;
  std::int64_t duration_us = 0;
  std::int64_t peak_rss_kib = 0;
  int signal = 0;  // crashed: by which
  // True for an error that stands: the plugin is not certified.
  [[nodiscard]] bool fails() const;
};

struct Report {
  std::string plugin_id, version, kinds;  // as the library says of itself; empty: it could not be asked
  std::string library, sha256;            // its path as given; the hash that the report is bound to
  std::vector<CheckResult> results;       // by number
  [[nodiscard]] int count(Outcome outcome) const;
  [[nodiscard]] bool passed() const;  // nothing that stands as an error
};

// Runs the checks. kNotFound, kInvalid: the target, its samples or the waivers cannot be read; a plugin that is merely
// broken gives a report. `each` is called as results come, in the order of their ends.
Result<Report> run_checks(const Options& options, const std::function<void(const CheckResult&)>& each = {});

// One row of the table. What `kinds` does not name is skipped.
struct CheckInfo {
  int number = 0;
  bool error = true;  // else a warning
  char group = 'A';
  std::string_view title;
};
std::vector<CheckInfo> check_list();

// The page of a check (Markdown), or empty: no such check. And its section "The fix".
std::string_view page_of(int number);
std::string_view fix_of(int number);

// The report as text for people, as one JSON object, and as JUnit XML.
std::string to_text(const Report& report);
std::string to_json(const Report& report);
std::string to_junit(const Report& report);

// A report as a file: the JSON, and beside it FILE.sig, 64 bytes of Ed25519 over exactly these bytes. The key is a PEM
// file as `openssl genpkey -algorithm ed25519` makes it. Who trusts the key may demand the report before enabling.
Result<> write_report(const Report& report, const std::string& path, const std::string& key_path);
// Whether a report file is signed by this public key (PEM), and speaks of a library with this hash, and says that it
// passed. kDenied: it does not, with the reason.
Result<> verify_report(const std::string& path, const std::string& public_key_pem, const std::string& library_sha256);

}  // namespace vestitel::check
