// The part of T1 that runs beside the reader: everything that costs time and needs no lock.
#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/base/thread_name.hpp"
#include "core/pipeline/activity.hpp"
#include "core/store/sqlite/activity_codec.hpp"
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

// The number of the person is opaque, and dies with the person's row: it gives nothing away in lists and logs.
void key_by_person(PreparedBatch& prepared, std::size_t event, PersonId person) {
  std::string_view& record = prepared.batch.events[event].record;
  record = prepared.records.emplace_back(std::string(record) + "#" + std::to_string(person));
}

}  // namespace

std::shared_ptr<SqliteIntake::InFlight> SqliteIntake::flight(std::int64_t document) {
  const std::lock_guard lock(mutex_);
  const auto found = flights_.find(document);
  return found == flights_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<PreparedBatch>> SqliteIntake::prepare(std::int64_t document, const SecretKey& key,
                                                             EventBatch batch) {
  auto prepared = std::make_shared<PreparedBatch>();
  prepared->batch = std::move(batch);
  const EventBatch& own = prepared->batch;
  auto subjects = subjects_of(own);
  auto people = vault_.ensure(*subjects);
  if (!people) return people.error();

  Hmac hmac(keys_.digest);
  ActivityCodec activities(hmac);
  EncodedBody body;
  prepared->events.reserve(own.events.size());
  for (std::size_t i = 0; i < own.events.size(); ++i) {
    const EventView& view = own.events[i];
    const auto type = event_type(view.type);
    if (!type) return {Failure::kInvalid, "staging an event: its type is not one of ours"};
    encode_body(view, *type, body);
    PreparedEvent event{&view,
                        *type,
                        (*people)[i].id,
                        digest_of(hmac, std::string_view(body.bytes).substr(0, body.content)),
                        prepared->sealed.size(),
                        0,
                        {},
                        0,
                        0};
    vestitel::seal(*(*people)[i].key, body.bytes, body_place(event.person, event.digest_text()), random_,
                   prepared->sealed);
    event.body_length = prepared->sealed.size() - event.body;
    if (is_national_activity(*type, view.document_number)) {
      event.activity = activities.identity(*type, event.person, view.document_number);
      event.shown = prepared->sealed.size();
      activities.append_shown(view, prepared->sealed);
      event.shown_length = prepared->sealed.size() - event.shown;
    }
    prepared->events.push_back(event);
    if (is_keyed_by_person(*type)) key_by_person(*prepared, i, event.person);
  }
  for (const QuarantinedView& view : own.quarantined) {
    PreparedQuarantine record{&view, prepared->sealed.size(), 0};
    vestitel::seal(key, view.bytes, quarantine_place(document), random_, prepared->sealed);
    record.bytes_length = prepared->sealed.size() - record.bytes;
    prepared->quarantined.push_back(record);
  }
  return prepared;
}

Result<> SqliteIntake::settle_oldest(InFlight& flight) {
  auto result = flight.batches.front().get();
  flight.batches.pop_front();
  if (!result && !flight.failure) flight.failure = result.error();
  VESTITEL_FAULT_POINT("t1.after_commit");
  return result;
}

Result<> SqliteIntake::stage(std::int64_t document, EventBatch batch) {
  const auto own = flight(document);
  if (own == nullptr) return {Failure::kNotFound, "staging a batch: the document is not open"};
  while (own->batches.size() >= kBatchesInFlight) (void)settle_oldest(*own).ok();
  if (own->failure) return *own->failure;
  const std::int64_t first = std::exchange(own->next, own->next + static_cast<std::int64_t>(batch.items.size()));
  std::promise<bool> handed_over;
  auto before = std::exchange(own->handed_over, handed_over.get_future().share());
  own->batches.push_back(std::async(
      std::launch::async,
      [this, document, first, key = own->key, before = std::move(before)](EventBatch events, std::promise<bool> over) {
        return prepare_and_apply(document, first, *key, std::move(events), before, std::move(over));
      },
      std::move(batch), std::move(handed_over)));
  return Done{};
}

// Must not hold the InFlight: whoever lets go of it last waits for this very task.
// A batch whose predecessor did not reach the writer is not applied: there would be a hole before it.
Result<Done> SqliteIntake::prepare_and_apply(std::int64_t document, std::int64_t first, const SecretKey& key,
                                             EventBatch batch, const std::shared_future<bool>& before,
                                             std::promise<bool> handed_over) {
  name_thread("vst-prepare");
  auto prepared = prepare(document, key, std::move(batch));
  if (prepared) (*prepared)->first = first;
  const bool follows = !before.valid() || before.get();
  if (!prepared || !follows) {
    handed_over.set_value(false);
    return prepared ? Error{Failure::kConflict, "staging a batch: the one before it failed"} : prepared.error();
  }
  auto applied = writer_.submit<Done>([this, document, own = *prepared] { return apply(document, *own); });
  handed_over.set_value(true);
  return applied.get();
}

Result<> SqliteIntake::wait_staged(std::int64_t document) {
  const auto own = flight(document);
  if (own == nullptr) return Done{};
  while (!own->batches.empty()) (void)settle_oldest(*own).ok();
  if (own->failure) return *own->failure;
  return Done{};
}

}  // namespace vestitel::sqlite
