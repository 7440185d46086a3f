#include <fmt/format.h>

#include <charconv>

#include "core/base/safe_text.hpp"
#include "core/host/present.hpp"

namespace vestitel {
namespace {

std::string second(Instant t) { return to_text(t).substr(0, 19) + "Z"; }

std::string place_text(const Place& place) {
  return place.line == 0 ? "" : fmt::format("line {}, column {}, ", place.line, place.column);
}
std::string because(std::string_view reason) { return reason.empty() ? "" : fmt::format(": {}", one_line(reason)); }

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// The word of the receipts.
std::string_view state_word(DocumentState state) {
  switch (state) {
    case DocumentState::kSealed: return "accepted";
    case DocumentState::kRejected: return "rejected";
    case DocumentState::kStaging: break;
  }
  return "being read";
}

// What became of the records: only what there is of.
std::string counts_text(const DocumentCounts& n) {
  std::string text;
  const auto add = [&](std::int64_t count, const char* word) {
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
  };
  add(n.accepted, "new");
  add(n.corrected, "corrected");
  add(n.annulled, "annulled");
  add(n.duplicates, "known already");
  add(n.outdated, "outdated");
  add(n.quarantined, "quarantined");
  return text.empty() ? "no records" : text;
}

// An attempt, and what the provider said of it later.
std::string history_text(const AttemptRow& attempt) {
  std::string text = fmt::format("           attempt {} at {}: {}{}\n", attempt.number, second(attempt.leased),
                                 attempt.verdict ? to_text(*attempt.verdict) : "not settled", because(attempt.reason));
  if (attempt.receipt)
    text += fmt::format("           receipt at {}: {}{}\n", second(*attempt.receipt_at), to_text(*attempt.receipt),
                        because(attempt.receipt_reason));
  return text;
}

}  // namespace

std::string person_text(PersonId person) { return person == 0 ? "nobody" : fmt::format("p-{}", person); }

std::optional<PersonId> parse_person(std::string_view text) {
  if (!text.starts_with("p-")) return std::nullopt;
  const auto person = number_of(text.substr(2));
  return person && *person > 0 ? person : std::nullopt;
}

std::string document_text(std::int64_t id) { return fmt::format("d-{}", id); }

std::optional<std::int64_t> parse_document(std::string_view text) {
  if (text.starts_with("d-")) text.remove_prefix(2);
  return number_of(text);
}

std::optional<std::int64_t> parse_delivery(std::string_view text) { return number_of(text); }

std::string quarantine_text(std::int64_t id) { return fmt::format("q-{}-{}", id >> 32, (id & 0xFFFFFFFF) + 1); }

std::optional<std::int64_t> parse_quarantine(std::string_view text) {
  const std::size_t dash = text.find('-', 2);
  if (!text.starts_with("q-") || dash == std::string_view::npos) return std::nullopt;
  const auto document = number_of(text.substr(2, dash - 2));
  const auto ordinal = number_of(text.substr(dash + 1));
  if (!document || !ordinal || *document > 0x7FFFFFFF || *ordinal < 1 || *ordinal > 0xFFFFFFFF) return std::nullopt;
  return *document << 32 | (*ordinal - 1);
}

std::string indented(const std::string& lines) {
  std::string out;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size() - 1);
    out.append(lines[begin] == '\n' ? "" : "  ").append(lines, begin, end - begin + 1);
    begin = end + 1;
  }
  return out;
}

std::string line_of(const Event& event) {
  if (event.unreadable) return fmt::format("{:<12} unreadable: its content does not open", to_text(event.id));
  return fmt::format("{:<12} {:<28} {:<10} {:<12} {:<12} {} {}", to_text(event.id), to_text(event.type),
                     to_text(event.revision), to_text(std::chrono::floor<std::chrono::days>(event.occurred)),
                     person_text(event.person), one_line(event.facility), one_line(event.document_number));
}

std::string line_of(const DocumentRow& row) {
  return fmt::format(
      "{:<7} {:<10} {:<14} {:<32} {}", document_text(row.id), state_word(row.state), one_line(row.arrival.instance),
      one_line(row.arrival.name),
      row.state == DocumentState::kRejected ? place_text(row.place) + one_line(row.reason) : counts_text(row.counts));
}

std::string line_of(const QuarantineRow& row) {
  return fmt::format("{:<9} line {}, column {}, {}: {}", quarantine_text(row.id), row.place.line, row.place.column,
                     one_line(row.element), one_line(row.reason)) +
         (row.discarded ? fmt::format(" (discarded at {}; its bytes are destroyed)", second(*row.discarded)) : "");
}

std::string line_of(const DeliveryRow& row) {
  std::string line =
      fmt::format("{:<7} {:<12} {:<10} {:<7} {:<10} {:<10} attempts {}{}", row.id, to_text(row.event),
                  person_text(row.person), to_text(row.channel), one_line(row.sink), row.state, row.attempts,
                  row.unknowns > 0 ? fmt::format(", {} of unknown outcome", row.unknowns) : "");
  if (!row.history.empty() && row.history.back().verdict)
    line += fmt::format(", last {}{}", to_text(*row.history.back().verdict), because(row.history.back().reason));
  return line;
}

std::string text_of(const StoreStatus& status) {
  std::string text = fmt::format(
      "documents      {} accepted, {} rejected, {} being read\n"
      "events         {}, of them {} not routed yet\n"
      "quarantined    {} records\n"
      "people         {}, with {} subscriptions\n",
      status.documents_sealed, status.documents_rejected, status.documents_staging, status.events, status.not_routed,
      status.quarantined, status.people, status.subscriptions);
  for (const SinkLoad& load : status.sinks) {
    text += fmt::format("sink {:<9}", one_line(load.sink));
    for (const auto& [state, count] : load.states) text += fmt::format(" {} {}", count, state);
    text += '\n';
  }
  return text;
}

std::string text_of(const SinkStanding& sink) {
  std::string text = fmt::format("sink {:<9} {}", one_line(sink.sink),
                                 sink.failing ? fmt::format("failing for {} s", sink.failing_for.count()) : "works");
  if (sink.paused_for.count() > 0) text += fmt::format(", paused for another {} s", sink.paused_for.count());
  return text + because(sink.reason) + "\n";
}

std::string feed_text(std::string_view feed, std::string_view state, std::string_view due, std::string_view reason) {
  std::string text = fmt::format("feed {:<9} {}", one_line(feed), one_line(state));
  if (!due.empty()) text += fmt::format(", next poll {}Z", one_line(due.substr(0, 19)));
  return text + because(reason) + "\n";
}

std::string lines_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += one_line(text.substr(0, end)) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string text_of(const Books& books) {
  std::string text =
      fmt::format("told {}, in a digest {}, still owed {}, held unknown {}, dead letters {}, discarded {}\n",
                  books.told, books.digest, books.owed, books.held, books.dead, books.discarded);
  for (const auto& [reason, count] : books.not_owed) text += fmt::format("not owed, {}: {}\n", one_line(reason), count);
  text += fmt::format("events {}, of them not routed yet {}, routed without a decision {}\n", books.events,
                      books.not_routed, books.undecided);
  if (books.bodiless > 0) text += fmt::format("owed without a message: {}\n", books.bodiless);
  if (books.unrecorded > 0) text += fmt::format("sent without an attempt on record: {}\n", books.unrecorded);
  return text + (books.balanced() ? "the books balance\n" : "THE BOOKS DO NOT BALANCE\n");
}

std::string text_of(const Explanation& told) {
  const Event& event = told.event;
  std::string text = fmt::format("event      {}  {} {}, about {}\n", to_text(event.id), to_text(event.revision),
                                 to_text(event.type), person_text(event.person));
  text += fmt::format("occurred   {}  facility {}  practitioner {}  number {}\n",
                      to_text(std::chrono::floor<std::chrono::days>(event.occurred)), one_line(event.facility),
                      one_line(event.practitioner), one_line(event.document_number));
  if (event.unreadable) text += "unreadable its content does not open\n";
  for (const auto& [key, value] : event.attributes)
    text += fmt::format("           {} = {}\n", one_line(key), one_line(shown_value(key, value)));
  if (event.prior) text += fmt::format("after      {}\n", to_text(*event.prior));
  text += fmt::format("from       {} ({}), line {}, column {}\n", document_text(told.document.id),
                      one_line(told.document.arrival.name), event.place.line, event.place.column);
  if (!told.routed) return text + "decision   not routed yet\n";
  for (const NotOwedRow& row : told.not_owed)
    text += row.recipient == 0
                ? fmt::format("not owed   to nobody: {}\n", one_line(row.reason))
                : fmt::format("not owed   to {} by {}: {}{}\n", person_text(row.recipient), to_text(row.channel),
                              one_line(row.reason), row.told_by ? ", told by " + to_text(*row.told_by) : "");
  for (const DeliveryRow& row : told.deliveries) {
    text += fmt::format("delivery   {} to {} by {} through {} (route {}): {}\n", row.id, person_text(row.person),
                        to_text(row.channel), one_line(row.sink), one_line(row.route), row.state);
    for (const AttemptRow& attempt : row.history) text += history_text(attempt);
  }
  return text;
}

}  // namespace vestitel
