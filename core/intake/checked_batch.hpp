// What a source handed over, held to the hub's own rules: an event that they refuse becomes a quarantined record.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/model/document.hpp"
#include "core/model/event.hpp"

namespace vestitel {

// Why the hub does not take an event that a source emitted: which element, and what is wrong with it. Never a value.
struct Objection {
  std::string element, reason;
};
// The rules of the hub for one event of this document. Called for each event, in order, on the source's thread.
using Validate = std::function<std::optional<Objection>(const EventView& event, const DocumentArrival& document)>;
// Those rules for one document, made when it is opened. kConfig, kDenied: its partner may not deliver it as things
// stand.
using RulesFor = std::function<Result<Validate>(const DocumentArrival& document)>;

// The batch from its item `from` on, without what is refused. Views stay valid: the heaps go along.
EventBatch checked(EventBatch batch, std::size_t from, const Validate& validate, const DocumentArrival& arrival);

}  // namespace vestitel
