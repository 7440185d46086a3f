#include "answer.hpp"

#include <algorithm>
#include <string_view>

#include "plugins/sources/common/trimmed.hpp"

namespace nap {
namespace {

// Behind a byte order mark, and in any case of letters.
bool begins(std::string_view body, std::string_view word) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (body.substr(0, kMark.size()) == kMark) body.remove_prefix(kMark.size());
  body = sources::trimmed(body);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; };
  return body.size() >= word.size() &&
         std::equal(word.begin(), word.end(), body.begin(), [&](char b, char a) { return same(a, b); });
}

std::string status_text(std::uint32_t status) { return "asking for a status: " + std::to_string(status); }

}  // namespace

Verdict verdict_of(const vestitel::HttpAnswer& answer) {
  if (answer.rc == VESTITEL_E_DENIED || answer.rc == VESTITEL_E_CONFIG)
    return {Meaning::settings, "asking for a status: " + answer.reason, 0};
  if (answer.rc < 0) return {Meaning::later, "asking for a status: " + answer.reason, 0};
  if (answer.status == 401 || answer.status == 403) return {Meaning::auth, status_text(answer.status), 0};
  const std::int64_t wait = std::max<std::int64_t>(answer.retry_after_ms, 0);
  if (answer.status != 200) return {Meaning::later, status_text(answer.status), wait};
  if (sources::trimmed(answer.body).empty()) return {Meaning::later, "asking for a status: an empty answer", wait};
  if (begins(answer.body, "<!doctype") || begins(answer.body, "<html"))
    return {Meaning::later, "asking for a status: a page in HTML", wait};
  return {};
}

bool refuses_practice(std::string_view codes, std::string_view code) {
  while (!codes.empty() && !code.empty()) {
    const std::size_t bar = codes.find('|');
    if (codes.substr(0, bar) == code) return true;
    codes = bar == std::string_view::npos ? std::string_view() : codes.substr(bar + 1);
  }
  return false;
}

}  // namespace nap
