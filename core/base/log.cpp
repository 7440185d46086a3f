#include "core/base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/json_text.hpp"

namespace vestitel::log {
namespace {

constexpr int kLinesASecond = 10;

struct Budget {
  std::int64_t second = 0;
  int used = 0;
  std::int64_t held_back = 0;
};

struct Logger {
  std::shared_ptr<spdlog::logger> out = [] {
    auto logger = std::make_shared<spdlog::logger>("vestitel", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
    return logger;
  }();
  Form form = Form::kText;
  Level least = Level::kWarning;
  std::mutex mutex;
  std::map<std::string, Budget, std::less<>> budgets;  // under mutex; names come from our code, so they are few
};

Logger& logger() {
  static Logger one;
  return one;
}

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};

// Lines of this name that were held back in an earlier second, or -1 when this line is over the budget too.
std::int64_t admit(std::string_view name, Instant now) {
  auto& log = logger();
  const std::int64_t second = to_micros(now) / 1'000'000;
  const std::lock_guard lock(log.mutex);
  auto found = log.budgets.find(name);
  if (found == log.budgets.end()) found = log.budgets.emplace(std::string(name), Budget{}).first;
  Budget& budget = found->second;
  std::int64_t held_back = 0;
  if (budget.second != second) held_back = std::exchange(budget, Budget{second, 0, 0}).held_back;
  if (budget.used < kLinesASecond) {
    ++budget.used;
    return held_back;
  }
  ++budget.held_back;
  return -1;
}

void append_value(std::string& line, const Field& field, bool quoted) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string_view>) {
          if (quoted || value.find_first_of(" =\"\n\r\t\x1b") != std::string_view::npos)
            append_json(line, value);
          else
            line += value;
        } else {
          fmt::format_to(std::back_inserter(line), "{}", value);
        }
      },
      field.value);
}

std::string json_line(Level level, std::string_view name, Instant now, std::initializer_list<Field> fields) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","event":)", to_text(now), kLevels[static_cast<std::size_t>(level)]);
  append_json(line, name);
  for (const Field& field : fields) {
    line += ',';
    append_json(line, field.key);
    line += ':';
    append_value(line, field, true);
  }
  return line += '}';
}

std::string text_line(Level level, std::string_view name, Instant now, std::initializer_list<Field> fields) {
  std::string line =
      fmt::format("{} {:7} {}", to_text(now).substr(11, 8), kLevels[static_cast<std::size_t>(level)], name);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field, false);
  }
  return line;
}

}  // namespace

void configure(Form form, Level least) {
  logger().form = form;
  logger().least = least;
}

void write(Level level, std::string_view name, std::initializer_list<Field> fields) {
  auto& log = logger();
  if (level < log.least) return;
  const Instant now = SystemClock{}.now();
  const std::int64_t held_back = admit(name, now);
  if (held_back < 0) return;
  const auto line = log.form == Form::kJson ? json_line : text_line;
  if (held_back > 0) log.out->info(line(level, "lines_held_back", now, {{"of", name}, {"lines", held_back}}));
  log.out->info(line(level, name, now, fields));
}

}  // namespace vestitel::log
