// One activity reaches the hub from several sources. What ties the reports together, what of a report is shown, and
// whether a person who was told of one of them is told of the next. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/decision.hpp"

namespace vestitel {

// Whether (type, subject, number) says which activity it is: the national system numbers it once. Hospitals,
// laboratories and pharmacies report several records under one number.
bool is_national_activity(EventType type, std::string_view document_number);

// ---- what is shown ----------------------------------------------------------------------------------------------
//
// The day, facility, practitioner, codes, payer and amount of a report as keyed hashes, field by field: two can be
// compared without opening either. Names and texts are left out, which every source writes in its own way.

// Of a field and one value of it. Called once for each value.
using HashValue = std::function<std::uint32_t(std::string_view field, std::string_view value)>;

// Replaces what `out` held.
void encode_shown(const EventView& event, const HashValue& hash, std::string& out);

// Whether a field that both carry says different things: neither of them holds all that the other says. A source that
// knows the main diagnosis alone does not contradict one that knows them all.
bool contradict(std::string_view shown, std::string_view other);
// Whether a field that both carry is not the same, in two reports of one source.
bool change(std::string_view shown, std::string_view prior);

// ---- told again? ------------------------------------------------------------------------------------------------

enum class Retelling : std::uint8_t {
  kAsItIs,       // told as the report says
  kAsCorrected,  // something shown has changed: told as a correction
  kDuplicate,    // told already
  kOutdated,     // an older document (as-of) supersedes nothing
};

// `next`: another report of the same activity.
Retelling retell(const ToldReport& told, const RoutableEvent& next);

}  // namespace vestitel
