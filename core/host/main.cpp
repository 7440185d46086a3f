// vestitel: the hub and its command line. One binary.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include "core/base/log.hpp"
#include "core/host/command_line.hpp"
#include "core/host/context.hpp"
#include "core/host/control.hpp"

namespace {

using namespace vestitel;

// The store is held by a running hub: it carries the verb out, this process only prints.
int forward(Context& context, const std::vector<std::string>& words) {
  const auto loaded = load(context);
  if (!loaded.config) return loaded.exit;
  ControlRequest request{words, {}};
  if (::isatty(STDIN_FILENO) == 0) request.input.assign(std::istreambuf_iterator<char>(std::cin), {});
  const auto answer = ask_hub(*loaded.config, request);
  if (!answer) return fail(context, answer.error());
  std::cout << answer->out;
  std::cerr << answer->err;
  return answer->exit;
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
    return exit == kExitForward ? forward(context, words) : exit;
  } catch (const std::exception& e) {
    std::cerr << "vestitel: " << e.what() << "\n";
    return kExitFailed;
  }
}
