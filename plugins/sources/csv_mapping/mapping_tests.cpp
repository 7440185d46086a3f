#include "plugins/sources/csv_mapping/mapping_tests.hpp"

#include <vestitel/testing/render.hpp>

#include "plugins/sources/csv_mapping/document_reader.hpp"

namespace csv_mapping {
namespace {

// What a document gave, as `vestitel-plugin run` prints it: the events, then the quarantined records.
struct Outcome {
  std::vector<std::string> events, quarantined;
  std::string_view document;
};

Outcome& of(const vestitel_host* host) { return *static_cast<Outcome*>(host->ctx); }

vestitel_rc take(const vestitel_host* host, const vestitel_batch* batch, vestitel_error*) {
  for (std::uint32_t i = 0; i < batch->count; ++i) {
    of(host).events.push_back(vestitel::testing::render_event(*batch, i));
  }
  return VESTITEL_OK;
}

vestitel_rc set_aside(const vestitel_host* host, vestitel_place place, vestitel_str element, vestitel_str reason,
                      vestitel_str, vestitel_error*) {
  of(host).quarantined.push_back("quarantined " + std::to_string(place.line) + ":" + std::to_string(place.column) +
                                 " " + std::string(vestitel::view(element)) + ": " +
                                 std::string(vestitel::view(reason)));
  return VESTITEL_OK;
}

constexpr vestitel_emit_v1 kEmit = {
    sizeof(vestitel_emit_v1), take, set_aside,
    [](const vestitel_host*, vestitel_str, vestitel_error*) -> vestitel_rc { return VESTITEL_OK; },
    [](const vestitel_host*, vestitel_str, vestitel_error*) -> vestitel_rc { return VESTITEL_OK; }};

vestitel_rc read(void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
  std::string_view& rest = static_cast<Outcome*>(ctx)->document;
  *got = rest.copy(reinterpret_cast<char*>(into), static_cast<std::size_t>(cap));
  rest.remove_prefix(static_cast<std::size_t>(*got));
  return VESTITEL_OK;
}

// The lines that the document gives; one line "refused: why" where it is refused whole.
std::vector<std::string> lines_of(const Mapping& mapping, const Test& test, const vestitel::Date& today) {
  // A test is written in UTF-8, whatever the partner's files are.
  Mapping in_utf8 = mapping;
  in_utf8.dialect.charset = rows::Charset::utf8;
  Outcome outcome;
  outcome.document = test.document;
  vestitel_host abi{};
  abi.size = sizeof abi;
  abi.ctx = &outcome;
  abi.get_service = [](const vestitel_host*, const char*) -> const void* { return nullptr; };
  abi.cancelled = [](const vestitel_host*) -> std::int32_t { return 0; };
  abi.now_us = [](const vestitel_host*) -> std::int64_t { return 0; };
  const std::atomic<bool> stopping{false};
  const vestitel::Host host(&abi, &stopping);
  vestitel_error error{};
  error.size = sizeof error;
  vestitel::Call call(host, &error);
  const vestitel_input input = {sizeof input, &outcome, read};
  vestitel::Input in(&input, call);
  vestitel::Emit out(&kEmit, call);
  const vestitel::Document document{"test", {}, "partner", 0, test.document.size(), false};
  DocumentReader(in_utf8, {}, document, in, out, today).read();
  if (!call.failed()) out.flush();
  if (call.failed()) return {"refused: " + std::string(error.message, error.message_len)};
  outcome.events.insert(outcome.events.end(), outcome.quarantined.begin(), outcome.quarantined.end());
  return outcome.events;
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (const auto line = vestitel::trim(text.substr(0, end)); !line.empty()) all.push_back(line);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return all;
}

// How far the line of the mapping is indented.
std::size_t indent_of(std::string_view yaml, std::size_t line) {
  for (; line > 1 && !yaml.empty(); --line) yaml.remove_prefix(std::min(yaml.find('\n'), yaml.size() - 1) + 1);
  return std::min(yaml.find_first_not_of(' '), yaml.size());
}

std::size_t characters(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) n += vestitel::detail::is_tail(static_cast<unsigned char>(c)) ? 0U : 1U;
  return n;
}

// Which word of an event's line the character belongs to: "code.icd10", or its number.
std::string word_at(std::string_view line, std::size_t at) {
  const std::size_t from =
      at == 0 || line.rfind(' ', at - 1) == std::string_view::npos ? 0 : line.rfind(' ', at - 1) + 1;
  const std::string_view word = line.substr(from, line.find(' ', from) - from);
  return std::string(word.substr(0, word.find_first_of("=:")));
}

// Such a line names places and columns, and no value.
bool is_refusal(std::string_view line) {
  return line.substr(0, 12) == "quarantined " || line.substr(0, 9) == "refused: ";
}

[[noreturn]] void fail(const Test& test, std::size_t line, std::size_t column, const std::string& what) {
  throw vestitel::Error::config("/mapping", "line " + std::to_string(line) + ", column " + std::to_string(column) +
                                                ": test " + test.name + ": " + what);
}

void run(const Mapping& mapping, const Test& test, std::string_view yaml, const vestitel::Date& today) {
  const std::vector<std::string> got = lines_of(mapping, test, today);
  const std::vector<std::string_view> wanted = lines(test.expect);
  for (std::size_t i = 0; i < std::max(got.size(), wanted.size()); ++i) {
    const std::size_t line = test.expect_line + i, indent = indent_of(yaml, line);
    if (i >= got.size()) fail(test, line, indent + 1, "nothing came of the document that is this line");
    if (i >= wanted.size()) fail(test, line, 1, "more came of the document than is expected, from here on");
    if (got[i] == wanted[i]) continue;
    if (is_refusal(got[i])) fail(test, line, indent + 1, "the row was " + got[i]);
    std::size_t at = 0;
    while (at < got[i].size() && at < wanted[i].size() && got[i][at] == wanted[i][at]) ++at;
    fail(test, line, indent + characters(wanted[i].substr(0, at)) + 1,
         "another value came of the document, at `" + word_at(wanted[i], at) + "`");
  }
}

}  // namespace

void run_tests(const Mapping& mapping, std::string_view yaml, const vestitel::Date& today) {
  for (const Test& test : mapping.tests) run(mapping, test, yaml, today);
}

}  // namespace csv_mapping
