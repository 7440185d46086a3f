// The part of T2 that knows of activities: what earlier reports said, and decisions that are made anew.
#include <algorithm>

#include "core/base/fault_point.hpp"
#include "core/store/sqlite/event_row.hpp"
#include "core/store/sqlite/prepared_batch.hpp"
#include "core/store/sqlite/routing.hpp"

namespace vestitel::sqlite {
namespace {

bool cannot_be_used(const Decision& decision) {
  if (!decision.not_owed) return false;
  switch (*decision.not_owed) {
    case NotOwedReason::kNoChannel:
    case NotOwedReason::kTurnedOff:
    case NotOwedReason::kNoSubscriber:  // cancelled meanwhile
    case NotOwedReason::kNoRoute: return true;
    default: return false;
  }
}

// Of an event that is sealed.
ToldReport read_report(Reader& reader, EventId id) {
  ToldReport report;
  report.event = id;
  auto row = reader.report_of.rows(id.value);
  if (!row.step()) return report;
  report.revision = static_cast<Revision>(row.integer(0));
  report.shown = row.blob(1);
  report.as_of_us = row.integer(2);
  return report;
}

}  // namespace

Result<> SqliteRouting::read_reports(RoutableEvent& event) {
  return guarded("reading what was told of an activity", [&] {
    auto reader = readers_.borrow();
    for (ToldBefore& told : event.told) {
      const std::int64_t said_us = told.report.as_of_us;
      told.report = read_report(*reader.operator->(), told.report.event);
      told.report.as_of_us = std::max(told.report.as_of_us, said_us);
    }
    const ToldReport own = read_report(*reader.operator->(), event.event.id);
    event.shown = own.shown;
    event.as_of_us = own.as_of_us;
    if (event.event.prior) event.prior_shown = read_report(*reader.operator->(), *event.event.prior).shown;
    return Done{};
  });
}

Result<std::vector<ReopenedEvent>> SqliteRouting::reopened(std::size_t limit, bool with_content) {
  std::vector<ReopenedEvent> found;
  std::vector<std::string> sealed;
  const auto events = [&found] {
    std::vector<RoutableEvent*> all;
    for (ReopenedEvent& one : found) all.push_back(&one.routable);
    return all;
  };
  auto read = guarded("reading decisions that are made anew", [&] {
    auto reader = readers_.borrow();
    const ReadTransaction snapshot(reader->store);
    {
      auto rows = reader->reopened.rows(limit);
      while (rows.step()) {
        ReopenedEvent& one = found.emplace_back();
        one.routable.event = read_event_row(rows);
        sealed.emplace_back(rows.blob(kBodyColumn));
        sealed.back().append(rows.blob(kDigestColumn));
        one.routable.activity = read_identity(rows.blob(kAfterEventColumns));
        one.routable.event.instance = rows.integer(kAfterEventColumns + 1);
        one.routable.event.received = from_micros(rows.integer(kAfterEventColumns + 2));
        one.routable.seal = rows.integer(kAfterEventColumns + 3);
        one.recipient = rows.integer(kAfterEventColumns + 4);
        one.channel = static_cast<Channel>(rows.integer(kAfterEventColumns + 5));
        one.superseded = rows.integer(kAfterEventColumns + 6) != 0;
      }
    }
    read_decided(*reader.operator->(), events());
    return Done{};
  });
  if (!read) return read.error();
  if (!with_content || found.empty()) return found;
  if (auto filled = fill_events(events(), sealed); !filled) return filled.error();
  return found;
}

// T2, beside the walk: the decisions take the place of those that were taken back.
Result<> SqliteRouting::commit_reopened(const std::vector<ReopenedEvent>& reopened, std::vector<Decision> decisions) {
  auto bodies = seal_bodies(decisions);
  if (!bodies) return bodies.error();
  auto done = writer_
                  .submit<Done>([&]() -> Result<Done> {
                    for (const ReopenedEvent& one : reopened)
                      endings_.told().take_back(one.routable.event.id, one.recipient, one.channel);
                    for (std::size_t i = 0; i < decisions.size(); ++i) {
                      decide(decisions[i], (*bodies)[i]);
                      if (cannot_be_used(decisions[i])) endings_.next_turn(decisions[i].event, decisions[i].recipient);
                    }
                    VESTITEL_FAULT_POINT("t2.before_commit");
                    return Done{};
                  })
                  .get();
  if (!done) return done.error();
  VESTITEL_FAULT_POINT("t2.after_commit");
  return Done{};
}

}  // namespace vestitel::sqlite
