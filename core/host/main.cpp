// vestitel: the hub and its command line. One binary.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "core/base/log.hpp"
#include "core/host/command_line.hpp"
#include "core/host/context.hpp"
#include "core/host/control.hpp"

namespace {

using namespace vestitel;

std::string line_of_input(Context& context, const char* prompt) {
  if (context.terminal) context.err << prompt << ": " << std::flush;
  std::string line;
  std::getline(context.in, line);
  return line + "\n";
}

// What the verb is going to read. A verb that reads nothing must not wait for an end of input that may never come.
std::string input_for(Context& context, const std::vector<std::string>& words) {
  const auto named = [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  if (named("subscriptions") && named("add")) {
    const std::string identifier = line_of_input(context, "identifier");
    return identifier + line_of_input(context, "address");
  }
  if (!named("-")) return "";
  if (!named("import")) return line_of_input(context, "identifier");
  return {std::istreambuf_iterator<char>(context.in), {}};
}

// The store is held by a running hub: it carries the verb out, this process only prints.
int forward(Context& context, const std::vector<std::string>& words) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  std::error_code failed;
  const ControlRequest request{words, std::filesystem::current_path(failed).string(), input_for(context, words)};
  const auto answer = ask_hub(*loaded.config, request);
  if (!answer) {
    const int exit = fail(context, answer.error());
    return answer.error().failure == Failure::kCancelled ? kExitStorage : exit;
  }
  context.out << answer->out;
  context.err << answer->err;
  return said(context, answer->exit);
}

// As the vendor's tool ends: without the destructors of libraries (sdk/tools/main.cpp says why).
[[noreturn]] void end(int exit) {
  std::cout.flush();
  std::cerr.flush();
  std::_Exit(exit);
}

}  // namespace

int main(int argc, char** argv) {
  ::umask(0077);
  std::signal(SIGPIPE, SIG_IGN);
  const SystemClock clock;
  SystemRandom random;
  Context context{std::cout, std::cerr, std::cin, clock, random};
  context.terminal = ::isatty(STDERR_FILENO) != 0 && ::isatty(STDIN_FILENO) != 0;
  if (const char* path = std::getenv("VESTITEL_CONFIG")) context.config_path = path;
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {  // border: what nobody expected ends here
    const int exit = run_words(context, words);
    if (!words.empty() && words.front() == "plugin") end(exit);
    return exit == kExitForward ? forward(context, words) : exit;
  } catch (const std::exception& e) {
    std::cerr << "vestitel: " << e.what() << "\n";
    return kExitFailed;
  }
}
