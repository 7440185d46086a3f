// The part of T1 that runs on the caller's thread: everything that costs time and needs no lock.
#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/store/sqlite/body_codec.hpp"
#include "core/store/sqlite/intake.hpp"
#include "core/store/sqlite/prepared_batch.hpp"

namespace vestitel::sqlite {
namespace {

constexpr std::size_t kBatchesInFlight = 2;

ContentDigest digest_of(Hmac& hmac, std::string_view content) {
  const Digest full = hmac.of({content});
  ContentDigest digest{};
  std::copy_n(reinterpret_cast<const char*>(full.data()), digest.size(), digest.begin());
  return digest;
}

Result<std::vector<Subject>> subjects_of(const EventBatch& batch) {
  std::vector<Subject> subjects;
  subjects.reserve(batch.events.size());
  for (const EventView& event : batch.events) subjects.push_back({event.subject_type, event.subject});
  return subjects;
}

}  // namespace

std::shared_ptr<SqliteIntake::InFlight> SqliteIntake::flight(std::int64_t document) {
  const std::lock_guard lock(mutex_);
  const auto found = flights_.find(document);
  return found == flights_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<PreparedBatch>> SqliteIntake::prepare(std::int64_t document, EventBatch batch) {
  auto prepared = std::make_shared<PreparedBatch>();
  prepared->batch = std::move(batch);
  const EventBatch& own = prepared->batch;
  auto subjects = subjects_of(own);
  auto people = vault_.ensure(*subjects);
  if (!people) return people.error();

  Hmac hmac(keys_.digest);
  EncodedBody body;
  prepared->events.reserve(own.events.size());
  for (std::size_t i = 0; i < own.events.size(); ++i) {
    const EventView& view = own.events[i];
    const auto type = event_type(view.type);
    if (!type) return {Failure::kInvalid, "staging an event: its type is not one of ours"};
    encode_body(view, *type, body);
    PreparedEvent event{&view, *type, (*people)[i].id, digest_of(hmac, std::string_view(body.bytes).substr(0, body.content)),
                        prepared->sealed.size(), 0};
    vestitel::seal(*(*people)[i].key, body.bytes, body_place(event.person, event.digest_text()), random_, prepared->sealed);
    event.body_length = prepared->sealed.size() - event.body;
    prepared->events.push_back(event);
  }
  const auto key = flight(document)->key;
  for (const QuarantinedView& view : own.quarantined) {
    PreparedQuarantine record{&view, prepared->sealed.size(), 0};
    vestitel::seal(*key, view.bytes, quarantine_place(document), random_, prepared->sealed);
    record.bytes_length = prepared->sealed.size() - record.bytes;
    prepared->quarantined.push_back(record);
  }
  return prepared;
}

Result<> SqliteIntake::settle_oldest(InFlight& flight) {
  auto result = flight.batches.front().get();
  flight.batches.pop_front();
  VESTITEL_FAULT_POINT("t1.after_commit");
  return result;
}

Result<> SqliteIntake::stage(std::int64_t document, EventBatch batch) {
  const auto own = flight(document);
  if (own == nullptr) return {Failure::kNotFound, "staging a batch: the document is not open"};
  auto prepared = prepare(document, std::move(batch));
  if (!prepared) return prepared.error();
  while (own->batches.size() >= kBatchesInFlight)
    if (auto settled = settle_oldest(*own); !settled) return settled.error();
  own->batches.push_back(
      writer_.submit<Done>([this, document, batch = *prepared] { return apply(document, *batch); }));
  return Done{};
}

Result<> SqliteIntake::wait_staged(std::int64_t document) {
  const auto own = flight(document);
  if (own == nullptr) return Done{};
  while (!own->batches.empty())
    if (auto settled = settle_oldest(*own); !settled) return settled.error();
  return Done{};
}

}  // namespace vestitel::sqlite
