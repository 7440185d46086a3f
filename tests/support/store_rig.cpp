#include "tests/support/store_rig.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace vestitel::test {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

// Copies a text into the batch's heap.
std::string_view keep(EventBatch& batch, const std::string& text) {
  batch.heaps.push_back(std::make_unique<char[]>(text.size() + 1));
  std::copy(text.begin(), text.end(), batch.heaps.back().get());
  return {batch.heaps.back().get(), text.size()};
}

}  // namespace

void StoreRig::open() {
  auto opened = sqlite::Store::open({folder.file("store"), "node-1"}, keys_, clock, random,
                                    [this](const std::string& why) { poisoned = why; });
  store = must(std::move(opened));
  must(store->delivery().void_own_leases());
}

std::string StoreRig::egn(int person) {
  static constexpr int kWeights[] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
  const std::string nine = fmt::format("{:02}{:02}{:02}{:03}", person / 28'000 % 100, 21 + person / 2'800 % 10,
                                       1 + person / 100 % 28, person % 100);
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) sum += (nine[i] - '0') * kWeights[i];
  return nine + static_cast<char>('0' + sum % 11 % 10);
}

EventBatch StoreRig::batch(const std::vector<Sheet>& sheets, int quarantined) {
  EventBatch batch;
  batch.attributes.reserve(2 * sheets.size());
  std::uint32_t line = 1;
  for (const Sheet& sheet : sheets) {
    const std::size_t first = batch.attributes.size();
    if (!sheet.code.empty()) batch.attributes.push_back({"code.icd10", keep(batch, sheet.code)});
    if (!sheet.attribute.first.empty())
      batch.attributes.push_back({keep(batch, sheet.attribute.first), keep(batch, sheet.attribute.second)});
    EventView event;
    event.type = keep(batch, sheet.type);
    event.revision = sheet.revision;
    event.subject = keep(batch, egn(sheet.person));
    event.scope = keep(batch, sheet.scope);
    event.record = keep(batch, sheet.record);
    event.occurred_us = 1'791'244'800'000'000 + sheet.days * 86'400'000'000;
    event.occurred_date_only = true;
    event.facility = keep(batch, sheet.facility);
    event.document_number = event.record;
    event.attributes = {batch.attributes.data() + first, batch.attributes.size() - first};
    event.place = {line++, 5, 100};
    batch.items.push_back({false, static_cast<std::uint32_t>(batch.events.size())});
    batch.events.push_back(event);
  }
  for (int i = 0; i < quarantined; ++i) {
    batch.items.push_back({true, static_cast<std::uint32_t>(batch.quarantined.size())});
    batch.quarantined.push_back({{line++, 7, 0}, "Patient/EGN", "wrong check digit", "<AmbList/>"});
  }
  return batch;
}

DocumentArrival StoreRig::arrival(const std::string& name, const std::string& bytes, Micros as_of_offset) {
  DocumentArrival arrival;
  arrival.instance = "amblist";
  arrival.name = name;
  arrival.size = bytes.size();
  Sha256 sha;
  sha.add(bytes);
  arrival.sha256 = sha.finish();
  arrival.arrived = clock.now();
  arrival.as_of = clock.now() + as_of_offset;
  return arrival;
}

DocumentRow StoreRig::deliver(const std::string& name, const std::vector<Sheet>& sheets, Micros as_of_offset) {
  std::string bytes = name;
  for (const Sheet& sheet : sheets)
    bytes +=
        sheet.record + sheet.code + std::to_string(sheet.person) + sheet.attribute.second + std::to_string(sheet.days);
  const auto opened = must(store->intake().open_document(arrival(name, bytes, as_of_offset)));
  if (opened.repeat_of) return *opened.repeat_of;
  must(store->intake().stage(opened.id, batch(sheets)));
  return must(store->intake().seal(opened.id));
}

void StoreRig::subscribe(int person, Channel channel, const std::string& address) {
  const Enrolment one{{IdentifierType::kEgn, PersonalText(egn(person))},
                      channel,
                      PersonalText(address.empty() ? fmt::format("p{}@example.test", person) : address),
                      Cadence::kImmediate,
                      "bg"};
  must(store->directory().enrol({&one, 1}));
}

std::size_t StoreRig::route(const std::string& sink) {
  std::size_t made = 0;
  for (;;) {
    const auto from = must(store->routing().router_position());
    auto page = must(store->routing().routable(from, 100, false));
    if (page.events.empty() && page.next == from) return made;
    RoutedBatch batch{from, page.next, {}};
    for (const RoutableEvent& one : page.events) {
      Decision decision;
      decision.event = one.event.id;
      decision.prior = one.event.prior;
      decision.annuls = one.event.revision == Revision::kAnnulled;
      if (one.subscriptions.empty()) decision.not_owed = NotOwedReason::kNoSubscriber;
      for (const Subscription& subscription : one.subscriptions) {
        decision.recipient = subscription.recipient;
        decision.channel = subscription.channel;
        decision.sink = sink;
        decision.route = "all";
        decision.title = "t";
        decision.body = fmt::format("{} {}", to_text(one.event.id), to_text(one.event.revision));
        decision.locale = subscription.locale;
        decision.due = clock.now();
        decision.expires = expires;
        decision.priority = priority;
        batch.decisions.push_back(decision);
      }
      if (decision.not_owed) batch.decisions.push_back(decision);
    }
    made += batch.decisions.size();
    must(store->routing().commit_routed(std::move(batch)).get());
  }
}

std::vector<LeasedMessage> StoreRig::lease(const std::string& sink, std::size_t limit) {
  return must(store->delivery().lease(sink, limit));
}

bool StoreRig::settle(const LeasedMessage& leased, VerdictKind kind, Micros again_in) {
  Settlement settlement{leased.message.outbox_id, leased.token, {}, true, clock.now() + again_in, false};
  settlement.verdict.kind = kind;
  return must(store->delivery().settle({&settlement, 1})).settled == 1;
}

std::string StoreRig::state() {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  for (const DeliveryRow& row : must(store->look().deliveries("", {0, 1000}))) {
    std::string part = fmt::format("{}:{}", to_text(row.event), row.state);
    if (row.unknowns > 0) part += "+unknown";
    add(part);
  }
  for (const Event& event : must(store->look().events({0, 1000}))) {
    const auto told = must(store->look().explain(event.id));
    for (const NotOwedRow& row : told->not_owed) add(fmt::format("{}:{}", to_text(row.event), row.reason));
  }
  return text;
}

}  // namespace vestitel::test
