// Rows as people and programs read them: one line of text, or one JSON object. What came from outside passes one_line()
// before it stands in a text; in JSON it stands as it came.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/delivery/sink_health.hpp"
#include "core/intake/feed_cycle.hpp"
#include "core/ports/look_store.hpp"

namespace vestitel {

// The event as a CloudEvents 1.0 JSON event. The subject is a number of ours, never an identifier.
nlohmann::ordered_json cloud_event(const Event& event);
nlohmann::ordered_json to_json(const DocumentRow& row);
nlohmann::ordered_json to_json(const QuarantineRow& row);
nlohmann::ordered_json to_json(const DeliveryRow& row);
nlohmann::ordered_json to_json(const StoreStatus& status);
nlohmann::ordered_json to_json(const std::vector<SinkStanding>& sinks);
nlohmann::ordered_json to_json(const std::vector<FeedStanding>& feeds);
nlohmann::ordered_json to_json(const Books& books);
nlohmann::ordered_json to_json(const Explanation& told);

// The value of an attribute as it is shown. What a plugin names itself may be a number or an address of a person: what
// looks like one is hidden.
std::string shown_value(std::string_view key, const std::string& value);

// One line; what is no UTF-8 becomes U+FFFD.
std::string dumped(const nlohmann::ordered_json& json);

std::string line_of(const Event& event);
std::string line_of(const DocumentRow& row);
std::string line_of(const QuarantineRow& row);
std::string line_of(const DeliveryRow& row);
std::string text_of(const StoreStatus& status);
std::string text_of(const SinkStanding& sink);
// A feed, as its JSON says it; `due` is to_text() of an instant, or "".
std::string feed_text(std::string_view feed, std::string_view state, std::string_view due, std::string_view reason);
std::string text_of(const Books& books);
std::string text_of(const Explanation& told);

// Several lines from outside, each made fit for a terminal.
std::string lines_of(std::string_view text);

std::string indented(const std::string& lines);

std::string document_text(std::int64_t id);                           // "d-5"
std::string quarantine_text(std::int64_t id);                         // "q-5-2": the second record of document 5
std::optional<std::int64_t> parse_document(std::string_view text);    // "d-5", or the number alone
std::optional<std::int64_t> parse_delivery(std::string_view text);    // "7"
std::optional<std::int64_t> parse_quarantine(std::string_view text);  // "q-5-2"
std::string person_text(PersonId person);                             // "p-17"; "nobody"
std::optional<PersonId> parse_person(std::string_view text);

}  // namespace vestitel
