#include <charconv>

#include "core/base/json_text.hpp"
#include "core/pipeline/render.hpp"

namespace vestitel {
namespace {

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  const auto [end, failure] = std::to_chars(std::begin(digits), std::end(digits), number);
  if (failure == std::errc{}) out.append(std::begin(digits), end);
}

void append_padded(std::string& out, unsigned number, unsigned width) {
  char digits[8];
  for (unsigned i = width; i > 0; --i, number /= 10) digits[i - 1] = static_cast<char>('0' + number % 10);
  out.append(std::begin(digits), width);
}

void append_date(std::string& out, Date date) {
  const std::chrono::year_month_day civil{date};
  append_padded(out, static_cast<unsigned>(static_cast<int>(civil.year())), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(civil.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(civil.day()), 2);
}

// To the second: finer than anybody reports.
void append_instant(std::string& out, Instant at) {
  const Date date = std::chrono::floor<std::chrono::days>(at);
  const auto seconds = static_cast<unsigned>(std::chrono::floor<std::chrono::seconds>(at - Instant{date}).count());
  append_date(out, date);
  out += 'T';
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_padded(out, seconds / 60 % 60, 2);
  out += ':';
  append_padded(out, seconds % 60, 2);
  out += 'Z';
}

}  // namespace

void append_notice_json(std::string& out, const Event& event, bool urgent) {
  const Date occurred =
      event.occurred_date_only ? std::chrono::floor<std::chrono::days>(event.occurred) : sofia_date(event.occurred);
  out.reserve(out.size() + 320);
  out += R"({"specversion":"1.0","id":"e-)";
  append_number(out, event.id.document());
  out += '-';
  append_number(out, event.id.ordinal());
  out += R"(","source":"urn:vestitel:hub","type":"notice.reported","subject":"p-)";
  append_number(out, event.person);
  out += R"(","time":")";
  append_instant(out, event.occurred_date_only ? sofia_midnight(occurred) : event.occurred);
  out += R"(","datacontenttype":"application/json","data":{"revision":)";
  append_json(out, to_text(event.revision));
  out += R"(,"occurred_on":")";
  append_date(out, occurred);
  out += R"(","urgent":)";
  out += urgent ? "true}}" : "false}}";
}

}  // namespace vestitel
