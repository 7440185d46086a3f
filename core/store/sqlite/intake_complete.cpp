// Complete scopes: a document that names every record of a scope annuls what is known beyond them. Staged like its
// events, in transactions of bounded size, and seen with its seal.
#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/store/sqlite/intake.hpp"

namespace vestitel::sqlite {
namespace {

constexpr int kStepRecords = 500;

}  // namespace

Result<bool> SqliteIntake::annul_gone(std::int64_t document, std::string_view scope) {
  if (auto staged = wait_staged(document); !staged) return staged.error();
  std::string after;
  for (;;) {
    auto walked = writer_.submit<ScopeWalk>([&] { return annul_step(document, scope, after); }).get();
    if (!walked) return walked.error();
    if (walked->quarantined) return false;
    if (walked->done) return true;
    after = std::move(walked->record);
  }
}

// T1, for the next records of the scope. What is remembered of the scopes and of the document follows the rows.
Result<SqliteIntake::ScopeWalk> SqliteIntake::annul_step(std::int64_t document, std::string_view scope,
                                                         std::string_view after) {
  const auto found = open_.find(document);
  if (found == open_.end()) return {Failure::kConflict, "annulling what is gone: the document was ended meanwhile"};
  if (found->second.counts.quarantined > 0) return ScopeWalk{0, "", true, true};
  const auto known_scope = find_scope_.number(found->second.instance, scope);
  if (!known_scope) return ScopeWalk{0, "", true, false};
  ScopeWalk walk{*known_scope, std::string(after), false, false};
  Open open = found->second;
  fresh_.clear();
  given_up_.clear();
  for (int i = 0; i < kStepRecords && !walk.done; ++i) {
    {
      auto next = next_record_.rows(walk.id, walk.record);
      walk.done = !next.step();
      if (!walk.done) walk.record = std::string(next.text(0));
    }
    if (walk.done) break;
    if (auto looked = annul_if_gone(document, open, walk.id, walk.record); !looked) return looked.error();
  }
  if (auto saved = save(document, open); !saved) return saved.error();
  index_people();
  found->second = open;
  end_given_up();
  VESTITEL_FAULT_POINT("t1.before_commit");
  return walk;
}

// A record whose newest event this document neither made nor said again is gone. One that a newer document holds is
// not: an older one supersedes nothing.
Result<Done> SqliteIntake::annul_if_gone(std::int64_t document, Open& open, std::int64_t scope,
                                         std::string_view record) {
  auto rows = newest_.rows(scope, record);
  while (rows.step()) {
    const EventId id{rows.integer(0)};
    if (!stands(id.document())) continue;
    if (id.document() == document || static_cast<Revision>(rows.integer(1)) == Revision::kAnnulled) return Done{};
    if (open_.contains(id.document()))
      return {Failure::kBusy, "annulling what is gone: another document is being read that holds the same records"};
    const std::int64_t again = rows.integer(7);
    const std::int64_t said = std::max(as_of(id.document()), again == 0 ? 0 : as_of_repeat(again, document));
    if (again == document || said > open.as_of || foreign(id.document(), open)) return Done{};
    const std::int64_t person = rows.integer(2);
    const std::string digest(rows.blob(6));
    const EventId own = event_id(document, ++open.events);
    insert_annulled_.run(own.value, scope, record, rows.integer(3), static_cast<int>(Revision::kAnnulled), person,
                         rows.integer(4), rows.integer(5), id.value, Blob{digest});
    fresh_.emplace_back(person, own.value);
    ++open.counts.annulled;
    return Done{};
  }
  return Done{};
}

}  // namespace vestitel::sqlite
