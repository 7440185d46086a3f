// vestitel-plugin: what a plugin's author needs, without a hub.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "sdk/tools/tool.hpp"

namespace {

using namespace vestitel;

int run(int argc, char** argv) {
  ToolOutcome outcome{std::cout, std::cerr};
  CLI::App app("Writes, builds, tries and certifies plugins of Vestitel", "vestitel-plugin");
  app.set_version_flag("--version", VESTITEL_VERSION);
  add_plugin_verbs(app, outcome);
  try {  // border: CLI11 answers by exception
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return tool_said(outcome, app.exit(e, std::cout, std::cerr) == 0 ? kToolPassed : kToolUsage);
  }
  return tool_said(outcome, outcome.verb());
}

// Without the destructors of libraries: nothing of ours waits for them, and under a sanitizer, as the kit runs this
// program, one of them (p11-kit, which libcurl brings) waits for ever.
[[noreturn]] void end(int exit) {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  std::_Exit(exit);
}

}  // namespace

int main(int argc, char** argv) {
  ::umask(0022);
  std::signal(SIGPIPE, SIG_IGN);
  try {  // border: what nobody expected ends here
    end(run(argc, argv));
  } catch (const std::exception& e) {
    std::cerr << "vestitel-plugin: " << e.what() << "\n";
    return kToolFailed;
  }
}
