// The report in its three forms.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base/safe_text.hpp"
#include "sdk/tools/check/trial.hpp"

namespace vestitel::check {
namespace {

using Json = nlohmann::ordered_json;

const Check* check_of(int number) {
  for (const Check& check : table())
    if (check.info.number == number) return &check;
  return nullptr;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string line_of(const CheckResult& result) {
  const Check& check = *check_of(result.number);
  const std::string head = (result.number < 10 ? " " : "") + std::to_string(result.number) + " " +
                           (check.info.error ? "E" : "W") + "  " +
                           padded(std::string(result.waived ? "waived" : name_of(result.outcome)), 10);
  std::string text = head + std::string(check.info.title) + "\n";
  if (result.outcome != Outcome::passed && !result.message.empty()) text += "                 " + result.message + "\n";
  if (result.waived) text += "                 waived: " + result.waiver + "\n";
  return text;
}

std::string summary(const Report& report) {
  std::string text;
  for (const Outcome outcome :
       {Outcome::passed, Outcome::warned, Outcome::failed, Outcome::timed_out, Outcome::crashed, Outcome::skipped})
    if (const int n = report.count(outcome); n > 0)
      text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + std::string(name_of(outcome));
  return text;
}

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string seconds(std::int64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(us) / 1e6);
  return text;
}

Json json_of(const CheckResult& result) {
  const Check& check = *check_of(result.number);
  Json json = {{"number", result.number},
               {"severity", check.info.error ? "error" : "warning"},
               {"group", std::string(1, check.info.group)},
               {"title", check.info.title},
               {"outcome", name_of(result.outcome)},
               {"message", result.message},
               {"seed", result.seed},
               {"duration_us", result.duration_us},
               {"peak_rss_kib", result.peak_rss_kib}};
  if (result.signal != 0) json["signal"] = result.signal;
  if (result.waived) json["waiver"] = result.waiver;
  return json;
}

}  // namespace

std::string to_text(const Report& report) {
  std::string text = report.plugin_id.empty() ? report.library + "\n"
                                              : report.plugin_id + " " + report.version + " (" + report.kinds + ")\n";
  text += "sha256 " + report.sha256 + "\n\n";
  const CheckResult* first = nullptr;
  for (const CheckResult& result : report.results) {
    text += line_of(result);
    if (first == nullptr && result.fails()) first = &result;
  }
  text += "\n" + summary(report) + ": " + (report.passed() ? "the plugin passes\n" : "the plugin does not pass\n");
  if (first != nullptr)
    text += "\nTo mend check " + std::to_string(first->number) + ":\n" + std::string(fix_of(first->number)) +
            "More: plugin check --explain " + std::to_string(first->number) + "\n";
  return text;
}

std::string to_json(const Report& report) {
  Json results = Json::array();
  for (const CheckResult& result : report.results) results.push_back(json_of(result));
  const Json json = {{"format", "vestitel-check/1"},
                     {"plugin", report.plugin_id},
                     {"version", report.version},
                     {"kinds", report.kinds},
                     {"sha256", report.sha256},
                     {"passed", report.passed()},
                     {"results", results}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_junit(const Report& report) {
  std::int64_t total = 0;
  int failures = 0, errors = 0;
  std::string cases;
  for (const CheckResult& result : report.results) {
    total += result.duration_us;
    const Check& check = *check_of(result.number);
    cases += "    <testcase classname=\"" + xml(report.plugin_id) + "." + check.info.group + "\" name=\"" +
             std::to_string(result.number) + " " + xml(check.info.title) + "\" time=\"" + seconds(result.duration_us) +
             "\"";
    if (result.fails()) {
      const bool error = result.outcome != Outcome::failed;
      ++(error ? errors : failures);
      cases += std::string(">\n      <") + (error ? "error" : "failure") + " message=\"" + xml(result.message) +
               "\"/>\n    </testcase>\n";
    } else if (result.outcome == Outcome::skipped) {
      cases += ">\n      <skipped message=\"" + xml(result.message) + "\"/>\n    </testcase>\n";
    } else if (result.outcome != Outcome::passed) {
      cases += ">\n      <system-out>" + xml(result.message) + "</system-out>\n    </testcase>\n";
    } else {
      cases += "/>\n";
    }
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"vestitel plugin check\" "
         "tests=\"" +
         std::to_string(report.results.size()) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
         std::to_string(errors) + "\" skipped=\"" + std::to_string(report.count(Outcome::skipped)) + "\" time=\"" +
         seconds(total) + "\">\n" + cases + "  </testsuite>\n</testsuites>\n";
}

}  // namespace vestitel::check
