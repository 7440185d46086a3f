#include "sdk/tools/golden.hpp"

#include <cstdio>
#include <fstream>
#include <ostream>
#include <string_view>

#include "core/base/json_text.hpp"
#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"
#include "sdk/tools/project.hpp"
#include "sdk/tools/show.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kGoldenLimit = 256UL * 1024 * 1024, kShown = 1024;

// Takes the next line off `text`; "(the end)" where there is none.
std::string_view next_line(std::string_view& text, bool& ended) {
  ended = text.empty();
  if (ended) return "(the end)";
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

struct Difference {
  std::size_t line = 0;  // 0: there is none
  std::string_view expected, got;
};

Difference first_difference(std::string_view expected, std::string_view got) {
  for (std::size_t line = 1;; ++line) {
    bool expected_ended = false, got_ended = false;
    const auto one = next_line(expected, expected_ended), other = next_line(got, got_ended);
    if (expected_ended && got_ended) return {};
    if (expected_ended != got_ended || one != other) return {line, one, other};
  }
}

std::string shown(std::string_view line) {
  const std::string masked = Mask(false).text(one_line(line));
  return std::string(cut_utf8(masked, kShown));
}

void tell(ToolOutcome& outcome, const std::string& file, const Difference& difference) {
  const std::string expected = shown(difference.expected), got = shown(difference.got);
  if (!outcome.json) {
    outcome.err << outcome.program << ": " << file << ":" << difference.line << ": not what was expected\n  expected  "
                << expected << "\n  got       " << got << "\n";
    return;
  }
  std::string text = R"({"error":"not what was expected","file":)";
  append_json(text, file);
  text += ",\"line\":" + std::to_string(difference.line) + ",\"expected\":";
  append_json(text, expected);
  text += ",\"got\":";
  append_json(text, got);
  outcome.err << text << "}\n";
}

}  // namespace

int hold_to_golden(ToolOutcome& outcome, const std::string& file, const std::string& got) {
  const auto expected = read_whole(file, kGoldenLimit);
  if (!expected) return tool_fail(outcome, expected.error());
  const Difference difference = first_difference(*expected, got);
  if (difference.line == 0) {
    if (!outcome.json) outcome.err << "as expected: " << file << "\n";
    return kToolPassed;
  }
  tell(outcome, file, difference);
  return kToolFailed;
}

int write_golden(ToolOutcome& outcome, const std::string& file, const std::string& got) {
  const std::string fresh = file + ".new";
  {
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << got;
    if (!out.flush()) return tool_fail(outcome, {Failure::kIo, "writing " + fresh + ": " + os_error()});
  }
  if (std::rename(fresh.c_str(), file.c_str()) != 0)
    return tool_fail(outcome, {Failure::kIo, "writing " + file + ": " + os_error()});
  outcome.err << "written: " << file << "\n";
  return kToolPassed;
}

}  // namespace vestitel
