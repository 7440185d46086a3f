#include "core/host/present.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace vestitel::test {
namespace {

// What a partner may have written: the start of a terminal's command, a turn of the direction, a forged line.
const std::string kHostile =
    "\xC2\x9B"
    "2J\xE2\x80\xAE"
    "txt\nnot owed   to p-1: forged\x1b[31m";

bool clean(const std::string& text, int lines) {
  const auto steers = [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7F; };
  return std::none_of(text.begin(), text.end(), steers) && text.find("\xC2\x9B") == std::string::npos &&
         text.find("\xE2\x80\xAE") == std::string::npos && std::count(text.begin(), text.end(), '\n') == lines;
}

Event hostile_event() {
  Event event;
  event.id = event_id(1, 1);
  event.facility = event.practitioner = event.document_number = kHostile;
  event.attributes = {{kHostile, kHostile}};
  return event;
}

DeliveryRow hostile_delivery() {
  DeliveryRow row;
  row.sink = row.route = kHostile;
  row.history.push_back(
      {1, {}, Instant{}, VerdictKind::kAccepted, kHostile, kHostile, VerdictKind::kPermanent, Instant{}, kHostile});
  return row;
}

}  // namespace

TEST_CASE("nothing from outside steers a terminal or forges a line", "[present]") {
  DocumentRow document;
  document.arrival.name = document.arrival.instance = document.reason = kHostile;
  document.state = GENERATE(DocumentState::kSealed, DocumentState::kRejected);
  QuarantineRow record;
  record.element = record.reason = kHostile;
  CHECK(clean(line_of(hostile_event()), 0));
  CHECK(clean(line_of(document), 0));
  CHECK(clean(line_of(record), 0));
  CHECK(clean(line_of(hostile_delivery()), 0));
  const Explanation told{
      hostile_event(), document, true, {hostile_delivery()}, {{event_id(1, 1), 2, {}, kHostile, {}}}};
  CHECK(clean(text_of(told), 8));
  StoreStatus status;
  status.sinks.push_back({kHostile, {{"ready", 1}}});
  CHECK(clean(text_of(status), 5));
  CHECK(clean(text_of(SinkStanding{kHostile, true, {}, {}, kHostile}), 1));
  CHECK(clean(feed_text(kHostile, kHostile, kHostile, kHostile), 1));
  CHECK(clean(lines_of("<a>\n" + kHostile + "\n"), 3));
}

TEST_CASE("what a plugin names itself shows no number and no address of a person", "[present]") {
  Event event;
  event.attributes = {{"wards.carer", "6223041217"},
                      {"pis-contacts.mail", "somebody@example.test"},
                      {"pis-contacts.mobile", "+359880000000"},
                      {"wards.kind", "parent"},
                      {"ref.contract", "220101"}};
  const Explanation told{event, {}, false, {}, {}};
  for (const std::string& shown : {dumped(cloud_event(event)), text_of(told)}) {
    for (const char* hidden : {"6223041217", "somebody", "880000000"}) CHECK(shown.find(hidden) == std::string::npos);
    for (const char* open : {"wards.carer", "parent", "220101"}) CHECK(shown.find(open) != std::string::npos);
  }
}

TEST_CASE("numbers that staff asked to see are shown whole", "[present]") {
  Event event = hostile_event();
  event.facility = "2203999001";
  CHECK(line_of(event).find("2203999001") != std::string::npos);
}

TEST_CASE("an attempt is shown to the second", "[present]") {
  DeliveryRow row = hostile_delivery();
  row.history[0].leased =
      Instant{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}} + std::chrono::seconds(3723);
  const Explanation told{hostile_event(), {}, true, {row}, {}};
  CHECK(text_of(told).find("2026-11-22T01:02:03Z") != std::string::npos);
}

}  // namespace vestitel::test
