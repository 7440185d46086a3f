#include "tests/fuzz/watched_reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vestitel/testing/library.hpp>

#include "core/intake/reason_bg.hpp"
#include "sdk/tools/check/event_rules.hpp"

namespace vestitel::fuzz {
namespace {

// What the hub takes.
constexpr std::size_t kMostKey = 128, kMostText = 4096, kMostElement = 128, kMostReason = 256;
constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::size_t kIdentifier = 10;  // digits
constexpr std::size_t kHead = 4096;      // bytes that a reader is shown to recognise a document by

std::string_view view(const vestitel_batch& batch, vestitel_span span) {
  return span.len == 0 ? std::string_view() : std::string_view(batch.heap + span.off, span.len);
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Whether so many digits stand in a row.
bool holds_digits(std::string_view text, std::size_t many) {
  std::size_t run = 0;
  for (const char c : text) {
    run = c >= '0' && c <= '9' ? run + 1 : 0;
    if (run == many) return true;
  }
  return false;
}

// The sizes of pieces. They follow from the document, so that a finding is the document alone.
class Cuts {
 public:
  explicit Cuts(std::string_view document) {
    for (const char c : document) state_ = (state_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    constexpr std::size_t kMost[] = {1, 7, 64, 64, 1000, 1000, 9000, 9000};
    most_ = kMost[next() % std::size(kMost)];
  }
  std::size_t next_size() { return 1 + next() % most_; }
  bool complete() const { return (state_ & 0x10000) != 0; }
  bool among_a_quarter() const { return (state_ >> 20 & 3) == 0; }

 private:
  std::size_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state_ >> 33);
  }
  std::uint64_t state_ = 14695981039346656037U;
  std::size_t most_ = 1;
};

std::string difference(const testing::Parsed& whole, const testing::Parsed& pieces) {
  if (whole.rc != pieces.rc) return "whether the document is taken depends on how it is cut into pieces";
  if (whole.message != pieces.message) return "why the document is refused depends on how it is cut into pieces";
  if (!whole.ok()) return {};  // what was emitted before never happened
  if (whole.events != pieces.events) return "the events depend on how the document is cut into pieces";
  const bool same = whole.quarantined == pieces.quarantined && whole.bytes == pieces.bytes &&
                    whole.offsets == pieces.offsets && whole.completed == pieces.completed;
  return same ? "" : "what is set aside, or complete, depends on how the document is cut into pieces";
}

// Of "line 3, column 7, element: reason".
std::string_view reason_of(std::string_view message) {
  const std::size_t colon = message.find(": ");
  return colon == std::string_view::npos ? message : message.substr(colon + 2);
}

bool in_both_languages(std::string_view reason) { return reason_in_bulgarian(reason) != reason; }

}  // namespace

WatchedReader::WatchedReader(const std::string& library, const std::string& settings) : host_(testing::load(library)) {
  const auto& capabilities = host_.descriptor().capabilities_json;
  const auto json = nlohmann::json::parse(testing::text(capabilities), nullptr, false);
  if (json.is_object() && json.contains("secrets")) {
    for (const auto& name : json["secrets"])
      host_.secrets[name.get<std::string>()] = "a value for trials alone, of 41 bytes";
  }
  attributes_ = check::declared_attributes(testing::text(capabilities));
  host_.examine = [this](const vestitel_batch& batch) { return examine(batch); };
  if (const auto begun = host_.begin(settings); !begun.ok())
    throw std::runtime_error("starting " + library + ": " + begun.field_path + " " + begun.message);
}

std::string WatchedReader::read(std::string_view document, Pieces pieces) {
  breach_.clear();
  host_.logs.clear();
  static_cast<void>(host_.sniff("document", document.substr(0, kHead)));
  const testing::Parsed whole = parse(document, false);
  look_at(whole, document);
  const bool cut = pieces == Pieces::always || Cuts(document).among_a_quarter();
  if (breach_.empty() && cut) breach(difference(whole, parse(document, true)));
  for (const std::string& line : host_.logs) {
    if (holds_digits(line, kIdentifier) || holds(line, "@")) breach("what is logged holds a value of the document");
  }
  return breach_;
}

testing::Parsed WatchedReader::parse(std::string_view document, bool in_pieces) {
  Cuts cuts(document);
  testing::Delivered delivered;
  delivered.complete = cuts.complete();
  delivered.as_of_us = host_.now_us;
  if (!in_pieces) return host_.parse(document, delivered);
  delivered.generate = [&cuts, rest = document](char* into, std::size_t cap) mutable {
    const std::size_t size = rest.copy(into, std::min(cap, cuts.next_size()));
    rest.remove_prefix(size);
    return size;
  };
  return host_.parse({}, delivered);
}

bool WatchedReader::examine(const vestitel_batch& batch) {
  if (std::string problem = check::batch_problem(batch); !problem.empty()) return breach(std::move(problem)), false;
  for (std::uint32_t i = 0; i < batch.count; ++i) {
    breach(check::event_problem(batch, i, attributes_));
    look_at(batch, *reinterpret_cast<const vestitel_event*>(reinterpret_cast<const char*>(batch.events) +
                                                            std::size_t{i} * batch.stride));
  }
  return true;
}

void WatchedReader::look_at(const vestitel_batch& batch, const vestitel_event& event) {
  const std::string_view scope = view(batch, event.scope), record = view(batch, event.record_key);
  const std::string_view subject = view(batch, event.subject);
  if (scope.size() > kMostKey || record.size() > kMostKey) breach("a key is longer than 128 bytes");
  if (event.line == 0) breach("an event does not say where its record stands");
  // A document that gives a person's number to a facility or a sheet says it itself; the hub refuses such a record.
  const bool told = view(batch, event.facility) == subject || view(batch, event.practitioner) == subject ||
                    view(batch, event.document_number) == subject;
  if (subject.size() >= kIdentifier && !told && (holds(scope, subject) || holds(record, subject)))
    breach("a key holds the number of a person");
  for (const auto span : {event.document_number, event.facility, event.practitioner})
    if (span.len > kMostText) breach("a text is longer than 4,096 bytes");
  for (std::uint32_t a = 0; a < event.attr_count; ++a)
    if (batch.attrs[event.attr_first + a].value.len > kMostText) breach("an attribute is longer than 4,096 bytes");
}

void WatchedReader::look_at(const testing::Parsed& parsed, std::string_view document) {
  if (!parsed.ok() && parsed.rc != VESTITEL_E_DATA)
    breach("the document is answered by " + std::to_string(parsed.rc) + ": " + parsed.message);
  if (!parsed.ok() && !in_both_languages(reason_of(parsed.message)))
    breach("a document is refused for a reason that the receipt has no Bulgarian for: " + parsed.message);
  for (std::size_t i = 0; i < parsed.quarantined.size(); ++i) {
    look_at_quarantined(parsed, i);
    if (parsed.offsets[i] > document.size()) breach("a record stands behind the end of the document");
  }
}

void WatchedReader::look_at_quarantined(const testing::Parsed& parsed, std::size_t i) {
  const std::string& told = parsed.quarantined[i];  // "line:column element: reason"
  const std::string& element = parsed.elements[i];
  const std::string reason = told.substr(told.find(' ') + 1 + element.size() + 2);
  if (told.rfind("0:", 0) == 0) breach("a record is set aside without its place: " + told);
  if (element.empty() || reason.empty()) breach("a record is set aside without element or reason: " + told);
  if (element.size() > kMostElement || reason.size() > kMostReason) breach("a reason is too long: " + told);
  if (holds_digits(element, 6) || holds_digits(reason, 6)) breach("a reason holds a value of the document: " + told);
  if (!in_both_languages(reason)) breach("a record is set aside for a reason that has no Bulgarian: " + told);
  if (parsed.bytes[i].size() > kMostBytes) breach("more than 64 KiB of a record are set aside");
}

void WatchedReader::breach(std::string what) {
  if (breach_.empty()) breach_ = std::move(what);
}

}  // namespace vestitel::fuzz
