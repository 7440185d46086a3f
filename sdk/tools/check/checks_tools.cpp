// G, what needs another tool: builds with sanitizers (59, 60) and memcheck (61). The kit runs itself on what they give.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {
namespace {

namespace fs = std::filesystem;

// Runs a program; its output goes to `log`. Returns its exit code, -1 where it was killed.
int run(const std::vector<std::string>& words, const std::string& log,
        const std::vector<std::string>& environment = {}) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    rlimit memory{};
    ::getrlimit(RLIMIT_AS, &memory);
    memory.rlim_cur = memory.rlim_max;  // sanitizers and valgrind keep most of the address space
    ::setrlimit(RLIMIT_AS, &memory);
    for (const std::string& one : environment) ::putenv(const_cast<char*>(one.c_str()));
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string tail(const std::string& log) {
  const auto text = read_file(log, 64 << 20);
  if (!text) return {};
  std::string line = text->substr(0, text->find_last_not_of('\n') + 1);
  return line.size() > 800 ? line.substr(line.size() - 800) : line;
}

// What the processes of a nested kit left in their logs, PREFIX.PID: the kit's own children speak to nobody.
std::string faults(const std::string& log);
std::string found_in(const std::string& folder, const std::string& prefix) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().string().rfind(prefix, 0) == 0 && entry.file_size() > 0) return faults(entry.path());
  return {};
}

// The lines of a report that say what went wrong.
std::string faults(const std::string& log) {
  const auto text = read_file(log, 64 << 20);
  std::string out;
  for (std::size_t at = 0; text && at < text->size() && out.size() < 800;) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    const std::string line = text->substr(at, end - at);
    for (const char* word : {"ERROR: ", "WARNING: ", "runtime error", "SUMMARY: ", "Invalid ", "uninitialised",
                             "definitely lost", "FAILED", "failed ", "crashed"})
      if (line.find(word) != std::string::npos) {
        out += (out.empty() ? "" : " | ") + line;
        break;
      }
    at = end + 1;
  }
  return out.empty() ? tail(log) : out;
}

std::vector<std::string> again(const Trial& trial, const std::string& library, const std::string& only) {
  std::vector<std::string> words = {trial.options.self,
                                    "check",
                                    library,
                                    "--only",
                                    only,
                                    "--jobs",
                                    "1",
                                    "--timeout",
                                    "120",
                                    "--seed",
                                    std::to_string(trial.options.seed)};
  if (!trial.subject.samples_folder.empty()) words.insert(words.end(), {"--samples", trial.subject.samples_folder});
  return words;
}

std::string library_in(const std::string& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".so") return entry.path();
  return {};
}

std::string runtime_of(const Trial& trial, const char* name) {
  const std::string log = trial.scratch + "/runtime";
  run({"g++", std::string("-print-file-name=") + name}, log);
  const auto text = read_file(log, 4096);
  return text && text->find('/') == 0 ? text->substr(0, text->find('\n')) : std::string();
}

void with_sanitizer(Trial& trial, const char* sanitizers, const char* runtime, const char* only) {
  if (trial.subject.project.empty())
    return static_cast<void>(trial.skip("built from source only: give the project's folder"));
  if (trial.options.self.empty() || !trial.long_form())
    return static_cast<void>(trial.skip("builds the project once more: asked for by --long"));
  const std::string preload = runtime_of(trial, runtime);
  if (preload.empty()) return static_cast<void>(trial.skip(std::string(runtime) + " is not installed"));
  const std::string build = trial.scratch + "/build", log = trial.scratch + "/log";
  trial.at(std::string("building with -fsanitize=") + sanitizers);
  std::vector<std::string> configure = {"cmake",
                                        "-S",
                                        trial.subject.project,
                                        "-B",
                                        build,
                                        "-DCMAKE_BUILD_TYPE=Debug",
                                        std::string("-DVESTITEL_SANITIZE=") + sanitizers};
  for (const char* language : {"C", "CXX"})
    configure.push_back(std::string("-DCMAKE_") + language +
                        "_FLAGS=-g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=" + sanitizers);
  configure.insert(configure.end(), trial.options.cmake_args.begin(), trial.options.cmake_args.end());
  if (!trial.expect(run(configure, log) == 0, "the project to be configured", tail(log))) return;
  if (!trial.expect(run({"cmake", "--build", build}, log) == 0, "the project to be built", tail(log))) return;
  const std::string library = library_in(build);
  if (!trial.expect(!library.empty(), "a library to come of the build", "none")) return;
  trial.at(std::string("checking the library that was built with -fsanitize=") + sanitizers);
  const std::string logs = trial.scratch + "/sanitizer";
  const int code = run(again(trial, library, only), log,
                       {"LD_PRELOAD=" + preload, "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:log_path=" + logs,
                        "UBSAN_OPTIONS=print_stacktrace=1:log_path=" + logs, "TSAN_OPTIONS=log_path=" + logs});
  const std::string found = found_in(trial.scratch, logs);
  trial.expect(code == 0 && found.empty(), "no finding", found.empty() ? faults(log) : found);
}

}  // namespace

void check_address_sanitizer(Trial& trial) {
  with_sanitizer(trial, "address,undefined", "libasan.so",
                 "15,17,18,19,20,21,24,28,29,31,32,33,36,40,41,42,43,44,45,46,48,50,51,52,53,54,55,56,57");
}

void check_thread_sanitizer(Trial& trial) {
  if ((trial.subject.described.flags & VESTITEL_FLAG_CONCURRENT) == 0)
    return static_cast<void>(trial.skip("it is not CONCURRENT: its work calls never overlap"));
  with_sanitizer(trial, "thread", "libtsan.so", "24,36,37,41,51");
}

void check_memcheck(Trial& trial) {
  constexpr const char* kValgrind = "/usr/bin/valgrind";
  if (trial.options.self.empty() || !fs::exists(kValgrind))
    return static_cast<void>(trial.skip("valgrind is not installed"));
  trial.at("running under valgrind");
  // A log for each process: the kit's own children speak to nobody.
  const std::string logs = trial.scratch + "/valgrind";
  std::vector<std::string> words = {kValgrind,
                                    "--quiet",
                                    "--error-exitcode=99",
                                    "--leak-check=no",
                                    "--run-libc-freeres=no",
                                    "--log-file=" + logs + ".%p"};
  const auto kit =
      again(trial, trial.subject.library, trial.long_form() ? "19,24,28,31,36,40,41,42,46,51,57" : "31,41,46,51");
  words.insert(words.end(), kit.begin(), kit.end());
  const int code = run(words, trial.scratch + "/log");
  const std::string found = found_in(trial.scratch, logs);
  trial.expect(code == 0, "no finding of memcheck", found.empty() ? faults(trial.scratch + "/log") : found);
}

}  // namespace vestitel::check
