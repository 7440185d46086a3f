// The part of T1 that runs on the writer's thread: what each record is to what is known, and its rows.
#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/store/sqlite/body_codec.hpp"
#include "core/store/sqlite/intake.hpp"
#include "core/store/sqlite/prepared_batch.hpp"

namespace vestitel::sqlite {
namespace {

constexpr std::int64_t kRunEvents = 65'536;
constexpr std::size_t kCachedScopes = 20'000;

}  // namespace

std::int64_t SqliteIntake::scope_id(std::int64_t instance, std::string_view name) {
  if (instance == last_scope_instance_ && name == last_scope_) return last_scope_id_;
  std::string key = std::to_string(instance) + ":" + std::string(name);
  const auto cached = scopes_.find(key);
  std::int64_t id = 0;
  if (cached != scopes_.end()) {
    id = cached->second;
  } else {
    if (scopes_.size() >= kCachedScopes) scopes_.clear();
    const auto known = find_scope_.number(instance, name);
    id = known ? *known : *insert_scope_.number(instance, name);
    scopes_.emplace(std::move(key), id);
  }
  last_scope_ = name;
  last_scope_instance_ = instance;
  last_scope_id_ = id;
  return id;
}

Result<Done> SqliteIntake::apply(std::int64_t document, PreparedBatch& batch) {
  auto applied = apply_batch(document, batch);
  if (!applied) {  // the writer undoes the rows; what was remembered of them goes too
    scopes_.clear();
    last_scope_instance_ = 0;
    return applied;
  }
  end_given_up();
  return applied;
}

void SqliteIntake::end_given_up() {
  for (const std::int64_t given_up : given_up_)
    end(given_up, DocumentState::kRejected, "its reading was given up, and another document holds the same records",
        {});
  given_up_.clear();
}

// The document's position and counts.
Result<Done> SqliteIntake::save(std::int64_t document, const Open& open) {
  const DocumentCounts& n = open.counts;
  if (!move_document_.number(open.staged, open.events, n.accepted, n.corrected, n.annulled, n.duplicates, n.outdated,
                             n.quarantined, document))
    return {Failure::kConflict, "staging a batch: the document was ended meanwhile"};
  return Done{};
}

// T1. The batch, its dedupe keys and the document's position, in one transaction.
Result<Done> SqliteIntake::apply_batch(std::int64_t document, PreparedBatch& batch) {
  const auto found = open_.find(document);
  if (found == open_.end()) return {Failure::kConflict, "staging a batch: the document was ended meanwhile"};
  Open open = found->second;
  if (open.staged != batch.first)  // the batch before it failed here: what follows a hole would be lost at a resume
    return {Failure::kConflict, "staging a batch: the one before it failed"};
  fresh_.clear();
  given_up_.clear();
  for (const EventBatch::Item& item : batch.batch.items) {
    if (item.quarantined) {
      const PreparedQuarantine& record = batch.quarantined[item.index];
      insert_quarantine_.run(event_id(document, open.staged).value, record.view->place.line, record.view->place.column,
                             record.view->place.byte, record.view->element, record.view->reason,
                             Blob{batch.slice(record.bytes, record.bytes_length)});
      ++open.counts.quarantined;
    } else {
      const PreparedEvent& event = batch.events[item.index];
      current_ = &batch;
      if (auto applied = apply_event(document, open, event); !applied) return applied;
    }
    ++open.staged;
  }
  if (auto saved = save(document, open); !saved) return saved;
  index_people();
  found->second = open;
  VESTITEL_FAULT_POINT("t1.before_commit");
  return Done{};
}

Result<Done> SqliteIntake::apply_event(std::int64_t document, Open& open, const PreparedEvent& event) {
  const EventView& view = *event.view;
  const std::int64_t scope = scope_id(open.instance, view.scope);
  std::string digest;
  bool busy = false;
  const auto known = known_record(scope, view.record, document, open, digest, busy);
  if (busy) return {Failure::kBusy, "staging a batch: another document is being read that holds the same records"};
  const IncomingRecord incoming{event.person, view.revision,    event.digest_text(),
                                open.as_of,   view.occurred_us, is_state(event.type)};
  switch (revise(known, incoming)) {
    case RecordOutcome::kDuplicate:
      if (open.as_of >= known->as_of_us) confirm_.run(document, known->event.value);
      ++open.counts.duplicates;
      break;
    case RecordOutcome::kOutdated: ++open.counts.outdated; break;
    case RecordOutcome::kUnfounded:
      set_aside(document, open, view, "revision", "annuls a record that is not known");
      break;
    case RecordOutcome::kForeign:
      set_aside(document, open, view, "facility", "another partner reported this record; it alone may report it again");
      break;
    case RecordOutcome::kNew:
      insert_event(document, open, scope, event, Revision::kNew, std::nullopt);
      ++open.counts.accepted;
      break;
    case RecordOutcome::kChanged:
      insert_event(document, open, scope, event, Revision::kNew, known->event);
      ++open.counts.accepted;
      break;
    case RecordOutcome::kCorrected:
      insert_event(document, open, scope, event, Revision::kCorrected, known->event);
      ++open.counts.corrected;
      break;
    case RecordOutcome::kAnnulled:
      if (!known || known->person == event.person)
        insert_event(document, open, scope, event, Revision::kAnnulled,
                     known ? std::optional(known->event) : std::nullopt);
      else
        annul_for(document, open, scope, event, *known);  // told to whom the record was told before
      ++open.counts.annulled;
      break;
    case RecordOutcome::kMoved:
      annul_for(document, open, scope, event, *known);
      insert_event(document, open, scope, event, Revision::kNew, std::nullopt);
      ++open.counts.annulled;
      ++open.counts.accepted;
      break;
  }
  return Done{};
}

void SqliteIntake::set_aside(std::int64_t document, Open& open, const EventView& view, std::string_view element,
                             std::string_view reason) {
  insert_quarantine_.run(event_id(document, open.staged).value, view.place.line, view.place.column, view.place.byte,
                         element, reason, Null{});
  ++open.counts.quarantined;
}

// Whether what is known was reported by another partner. What nobody in particular reported, or a partner that has
// ended, is anybody's who may report for its facility.
bool SqliteIntake::foreign(std::int64_t known, const Open& open) {
  if (open.partner.empty()) return false;
  std::string other;
  if (const auto reading = open_.find(known); reading != open_.end()) {
    other = reading->second.partner;
  } else {
    auto row = state_of_.rows(known);
    if (row.step()) other = row.text(2);
  }
  return !other.empty() && other != open.partner && partners_.delivers(other, clock_.now());
}

// Whether anything may rest on what a document said. Not on a rejected one; and what one staged that nobody reads any
// more may never be sealed, so that it has to give way, and be read anew if it comes.
bool SqliteIntake::stands(std::int64_t document) {
  if (hidden_.contains(document)) return false;
  if (!unfinished_.contains(document)) return true;
  given_up_.insert(document);
  return false;
}

// The newest event of a record that is sealed, or staged by this same document.
std::optional<KnownRecord> SqliteIntake::known_record(std::int64_t scope, std::string_view record,
                                                      std::int64_t document, const Open& open, std::string& digest,
                                                      bool& busy) {
  auto rows = known_.rows(scope, record);
  while (rows.step()) {
    const EventId id{rows.integer(0)};
    if (!stands(id.document())) continue;
    busy = id.document() != document && open_.contains(id.document());
    digest = rows.blob(1);
    std::int64_t said = as_of(id.document());  // what was said again later is as new as that
    if (const std::int64_t again = rows.integer(4); again != 0) said = std::max(said, as_of_repeat(again, document));
    return KnownRecord{id,
                       rows.integer(3),
                       static_cast<Revision>(rows.integer(2)),
                       digest,
                       said,
                       foreign(id.document(), open),
                       rows.integer(5)};
  }
  return std::nullopt;
}

// Of a document that said a record again. 0: it does not count for `document`, being neither sealed nor the same one.
std::int64_t SqliteIntake::as_of_repeat(std::int64_t repeat, std::int64_t document) {
  if (repeat == document) return as_of(repeat);
  auto row = state_of_.rows(repeat);
  return row.step() && row.integer(0) == static_cast<int>(DocumentState::kSealed) ? row.integer(1) : 0;
}

std::int64_t SqliteIntake::as_of(std::int64_t document) {
  if (const auto open = open_.find(document); open != open_.end()) return open->second.as_of;
  auto row = state_of_.rows(document);
  return row.step() ? row.integer(1) : 0;
}

void SqliteIntake::insert_event(std::int64_t document, Open& open, std::int64_t scope, const PreparedEvent& event,
                                Revision revision, std::optional<EventId> prior) {
  const EventId id = event_id(document, ++open.events);
  const std::optional<std::int64_t> prior_id = prior ? std::optional(prior->value) : std::nullopt;
  std::optional<Blob> identity, shown;
  if (event.activity) {
    identity = Blob{{event.activity->data(), event.activity->size()}};
    shown = Blob{current_->slice(event.shown, event.shown_length)};
  }
  insert_event_.run(id.value, scope, event.view->record, static_cast<int>(event.type), static_cast<int>(revision),
                    event.person, event.view->occurred_us, event_flags(*event.view), prior_id,
                    Blob{event.digest_text()}, Blob{current_->slice(event.body, event.body_length)}, identity, shown);
  fresh_.emplace_back(event.person, id.value);
}

// Tells the person whom the record named before that it was taken back. Has no content of its own: `prior` has it.
void SqliteIntake::annul_for(std::int64_t document, Open& open, std::int64_t scope, const PreparedEvent& event,
                             const KnownRecord& known) {
  const EventId id = event_id(document, ++open.events);
  insert_annulled_.run(id.value, scope, event.view->record, static_cast<int>(event.type),
                       static_cast<int>(Revision::kAnnulled), known.person, event.view->occurred_us,
                       event_flags(*event.view), known.event.value, Blob{known.digest});
  fresh_.emplace_back(known.person, id.value);
}

void SqliteIntake::index_people() {
  std::sort(fresh_.begin(), fresh_.end());
  for (const auto& [person, event] : fresh_) insert_person_event_.run(run_, person, event);
  run_events_ += static_cast<std::int64_t>(fresh_.size());
  if (run_events_ < kRunEvents) return;
  ++run_;
  run_events_ = 0;
}

}  // namespace vestitel::sqlite
