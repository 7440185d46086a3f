#include <nlohmann/json.hpp>

#include "core/base/safe_text.hpp"
#include "core/host/present.hpp"

namespace vestitel {

using Json = nlohmann::ordered_json;

namespace {

std::string when(const Event& event) {
  return event.occurred_date_only ? to_text(std::chrono::floor<std::chrono::days>(event.occurred))
                                  : to_text(event.occurred);
}

Json to_json(const AttemptRow& row) {
  Json json{{"attempt", row.number}, {"leased", to_text(row.leased)}};
  if (row.settled) json["settled"] = to_text(*row.settled);
  json["verdict"] = row.verdict ? Json(to_text(*row.verdict)) : Json(nullptr);
  if (!row.reason.empty()) json["reason"] = row.reason;
  if (!row.provider_id.empty()) json["provider_id"] = row.provider_id;
  if (row.receipt) json["receipt"] = {{"verdict", to_text(*row.receipt)}, {"at", to_text(*row.receipt_at)}};
  if (!row.receipt_reason.empty()) json["receipt"]["reason"] = row.receipt_reason;
  return json;
}

// A source may not know the byte.
Json place_json(const Place& place) {
  Json json{{"line", place.line}, {"column", place.column}};
  if (place.byte != 0) json["byte"] = place.byte;
  return json;
}

}  // namespace

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string shown_value(std::string_view key, const std::string& value) {
  return is_vocabulary(key) ? value : without_personal(value);
}

Json cloud_event(const Event& event) {
  Json json{{"specversion", "1.0"},
            {"id", to_text(event.id)},
            {"source", "/instances/" + event.source},
            {"type", "bg.vestitel." + std::string(to_text(event.type))},
            {"time", to_text(event.received)},
            {"subject", person_text(event.person)}};
  if (event.unreadable) {  // an extension attribute, and no data
    json["unreadable"] = true;
    return json;
  }
  Json data{{"revision", to_text(event.revision)},
            {"occurred", when(event)},
            {"record", {{"scope", event.scope}, {"key", event.record}}}};
  if (!event.document_number.empty()) data["document_number"] = event.document_number;
  if (!event.facility.empty()) data["facility"] = event.facility;
  if (!event.practitioner.empty()) data["practitioner"] = event.practitioner;
  if (event.prior) data["prior"] = to_text(*event.prior);
  Json attributes = Json::array();
  for (const auto& [key, value] : event.attributes)
    attributes.push_back({{"key", key}, {"value", shown_value(key, value)}});
  data["attributes"] = std::move(attributes);
  data["place"] = place_json(event.place);
  json["datacontenttype"] = "application/json";
  json["data"] = std::move(data);
  return json;
}

Json to_json(const DocumentRow& row) {
  const DocumentCounts& n = row.counts;
  Json json{{"id", document_text(row.id)},
            {"instance", row.arrival.instance},
            {"partner", row.arrival.partner},
            {"name", row.arrival.name},
            {"size", row.arrival.size},
            {"sha256", to_hex(row.arrival.sha256)},
            {"as_of", to_text(row.arrival.as_of)},
            {"arrived", to_text(row.arrival.arrived)},
            {"state", to_text(row.state)},
            {"accepted", n.accepted},
            {"corrected", n.corrected},
            {"annulled", n.annulled},
            {"duplicates", n.duplicates},
            {"outdated", n.outdated},
            {"quarantined", n.quarantined}};
  if (row.arrival.transport == Transport::kFeed) {  // a unit of a feed has no bytes
    json.erase("size");
    json.erase("sha256");
    json["transport"] = "feed";
  }
  if (row.arrival.transport == Transport::kTrial) json["transport"] = "trial";
  if (row.arrival.baseline) json["baseline"] = true;
  if (row.ended) json["ended"] = to_text(*row.ended);
  if (!row.reason.empty()) {
    json["reason"] = row.reason;
    json["place"] = place_json(row.place);
  }
  return json;
}

Json to_json(const QuarantineRow& row) {
  Json json{{"id", quarantine_text(row.id)},
            {"document", document_text(row.document)},
            {"place", place_json(row.place)},
            {"element", row.element},
            {"reason", row.reason}};
  if (row.bytes) json["bytes"] = *row.bytes;
  if (row.discarded) json["discarded"] = to_text(*row.discarded);
  return json;
}

Json to_json(const DeliveryRow& row) {
  Json history = Json::array();
  for (const AttemptRow& attempt : row.history) history.push_back(to_json(attempt));
  return {{"id", row.id},
          {"event", to_text(row.event)},
          {"recipient", person_text(row.person)},
          {"channel", to_text(row.channel)},
          {"sink", row.sink},
          {"route", row.route},
          {"state", row.state},
          {"idem_key", row.idem_key},
          {"attempts", row.attempts},
          {"unknowns", row.unknowns},
          {"due", to_text(row.due)},
          {"created", to_text(row.created)},
          {"history", std::move(history)}};
}

Json to_json(const StoreStatus& status) {
  Json sinks = Json::object();
  for (const SinkLoad& load : status.sinks)
    for (const auto& [state, count] : load.states) sinks[load.sink][state] = count;
  return {{"documents",
           {{"staging", status.documents_staging},
            {"sealed", status.documents_sealed},
            {"rejected", status.documents_rejected}}},
          {"events", status.events},
          {"not_routed", status.not_routed},
          {"quarantined", status.quarantined},
          {"people", status.people},
          {"subscriptions", status.subscriptions},
          {"sinks", std::move(sinks)}};
}

Json to_json(const std::vector<SinkStanding>& sinks) {
  Json list = Json::array();
  for (const SinkStanding& sink : sinks)
    list.push_back({{"sink", sink.sink},
                    {"failing", sink.failing},
                    {"failing_for_s", sink.failing_for.count()},
                    {"paused_for_s", sink.paused_for.count()},
                    {"reason", sink.reason}});
  return list;
}

Json to_json(const std::vector<FeedStanding>& feeds) {
  Json list = Json::array();
  for (const FeedStanding& feed : feeds) {
    Json json{{"feed", feed.feed}, {"state", to_text(feed.state)}, {"reason", feed.reason}};
    if (feed.due) json["due"] = to_text(*feed.due);
    list.push_back(std::move(json));
  }
  return list;
}

Json to_json(const Books& books) {
  Json not_owed = Json::object();
  for (const auto& [reason, count] : books.not_owed) not_owed[reason] = count;
  return {{"balanced", books.balanced()},
          {"events", books.events},
          {"not_routed", books.not_routed},
          {"undecided", books.undecided},
          {"told", books.told},
          {"digest", books.digest},
          {"not_owed", std::move(not_owed)},
          {"dead", books.dead},
          {"discarded", books.discarded},
          {"held", books.held},
          {"owed", books.owed},
          {"bodiless", books.bodiless},
          {"unrecorded", books.unrecorded}};
}

Json to_json(const Explanation& told) {
  Json deliveries = Json::array();
  for (const DeliveryRow& row : told.deliveries) deliveries.push_back(to_json(row));
  Json not_owed = Json::array();
  for (const NotOwedRow& row : told.not_owed) {
    not_owed.push_back(
        {{"recipient", person_text(row.recipient)}, {"channel", to_text(row.channel)}, {"reason", row.reason}});
    if (row.told_by) not_owed.back()["told_by"] = to_text(*row.told_by);
  }
  return {{"event", cloud_event(told.event)},
          {"document", to_json(told.document)},
          {"routed", told.routed},
          {"deliveries", std::move(deliveries)},
          {"not_owed", std::move(not_owed)}};
}

}  // namespace vestitel
