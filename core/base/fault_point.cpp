#include "core/base/fault_point.hpp"

#ifdef VESTITEL_FAULT_POINTS
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

namespace vestitel {
namespace {

constexpr std::size_t kEvery = kAllFaultPoints;

struct Plan {
  bool armed = false;
  std::size_t point = kEvery;
  std::uint64_t passage = 0;
  bool log = false;
};

// NAME:N or NAME:N:log.
std::optional<Plan> parse(std::string_view text) {
  Plan plan{true, 0, 0, false};
  if (text.ends_with(":log")) {
    plan.log = true;
    text.remove_suffix(4);
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(0, colon), number = text.substr(colon + 1);
  plan.point = fault_point_index(name);
  if (plan.point == kEvery && !(plan.log && name == "*")) return std::nullopt;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), plan.passage);
  if (error != std::errc{} || end != number.data() + number.size() || plan.passage == 0) return std::nullopt;
  return plan;
}

void say(const std::string& line) {
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nobody is left to tell
}

Plan plan_of_environment() {
  const char* text = std::getenv("VESTITEL_FAULT");  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  if (text == nullptr || *text == '\0') return {};
  if (const auto plan = parse(text)) return *plan;
  say(std::string("VESTITEL_FAULT=") + text +
      ": allowed is NAME:N or NAME:N:log, NAME from core/base/fault_point.hpp\n");
  std::abort();
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

}  // namespace

void pass_fault_point(std::size_t index) {
  static const Plan plan = plan_of_environment();
  if (!plan.armed || (plan.point != kEvery && plan.point != index)) return;
  static std::array<std::atomic<std::uint64_t>, kAllFaultPoints> passages{};
  const std::uint64_t passage = passages.at(index).fetch_add(1) + 1;
  if (plan.log && passage >= plan.passage) {
    say("fault_point " + std::string(fault_point_name(index)) + " " + std::to_string(passage) + "\n");
  } else if (!plan.log && passage == plan.passage) {
    die();
  }
}

}  // namespace vestitel
#endif
