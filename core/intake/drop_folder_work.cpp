// The other half of the drop folder: working off what has been claimed.
#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/safe_text.hpp"
#include "core/intake/drop_folder.hpp"

namespace vestitel {

WorkReport DropFolder::work(const IntakeControl& control, std::size_t most) {
  WorkReport report;
  std::size_t done = 0;
  for (std::size_t left = claimed_.size(); left > 0 && done < most && !control.stop.stop_requested(); --left) {
    Claimed claimed = std::move(claimed_.front());
    claimed_.pop_front();
    const Step step = advance(claimed, control, report);
    if (step != Step::kPutOff) {
      ++done;
      continue;
    }
    ++report.put_off;
    claimed_.push_back(std::move(claimed));
  }
  all_put_off_ = done == 0;
  return report;
}

DropFolder::Step DropFolder::advance(Claimed& claimed, const IntakeControl& control, WorkReport& report) {
  if (claimed.held && target_.clock->monotonic() - claimed.held_since < options_.stable_for) return Step::kPutOff;
  if (claimed.document.outcome()) return finish(claimed, report);
  if (auto examined = claimed.document.examine(control.stop); !examined) {
    const Error& error = examined.error();
    if (error.failure == Failure::kConflict || error.failure == Failure::kDenied)
      return give_back(claimed, error, report);
    return put_off(claimed, error, report);
  }
  return read(claimed, control, report);
}

DropFolder::Step DropFolder::read(Claimed& claimed, const IntakeControl& control, WorkReport& report) {
  IntakeControl own = control;
  own.hold_rejection = !claimed.final && claimed.held != claimed.document.state();
  auto done = claimed.document.read(own);
  if (done) return finish(claimed, report);
  if (done.error().failure == Failure::kConflict) return give_back(claimed, done.error(), report);
  const bool outside = done.error().failure == Failure::kIo || done.error().failure == Failure::kBusy ||
                       done.error().failure == Failure::kCancelled || done.error().failure == Failure::kConfig ||
                       done.error().failure == Failure::kDenied;
  if (outside || ++claimed.failures < kReaderFailures) return put_off(claimed, done.error(), report);
  // The reader itself fails on it again and again: it must not stand in the way of the others for ever.
  if (auto refused = claimed.document.refuse("the reader failed on it three times: " + done.error().message); !refused)
    return put_off(claimed, refused.error(), report);
  return finish(claimed, report);
}

DropFolder::Step DropFolder::put_off(Claimed& claimed, const Error& error, WorkReport& report) {
  if (error.failure == Failure::kCancelled) return Step::kPutOff;
  if (claimed.document.gone()) return lost(claimed, report);
  claimed.held = claimed.document.state();
  claimed.held_since = target_.clock->monotonic();
  if (error.failure == Failure::kBusy) return Step::kPutOff;
  if (!report.first_error) report.first_error = error;
  log::warning(
      "document_put_off",
      {{"instance", target_.instance}, {"name", safe_text(claimed.document.name(), 255)}, {"reason", error.message}});
  return Step::kPutOff;
}

DropFolder::Step DropFolder::give_back(Claimed& claimed, const Error& why, WorkReport& report) {
  if (auto given = claimed.document.give_back(); !given) return put_off(claimed, why, report);
  log::info(
      "document_given_back",
      {{"instance", target_.instance}, {"name", safe_text(claimed.document.name(), 255)}, {"reason", why.message}});
  ++report.put_off;
  return Step::kGone;
}

// Somebody took it out of work/. There is nothing to go on with, and nothing to wait for: it is said once.
DropFolder::Step DropFolder::lost(Claimed& claimed, WorkReport& report) {
  FolderDocument& document = claimed.document;
  const bool decided = document.outcome().has_value();
  // One that was never looked into is in nobody's books; another one is closed there.
  if (!decided && document.state())
    static_cast<void>(document.refuse("the file was taken out of work/ before it was read to its end").ok());
  log::warning("document_gone",
               {{"instance", target_.instance},
                {"name", safe_text(document.name(), 255)},
                {"reason", decided ? "somebody took it out of work/ when it was decided; its receipt stays"
                                   : "somebody took it out of work/ before it was read to its end"}});
  if (document.outcome()) ended(*document.outcome(), report);
  return Step::kGone;
}

DropFolder::Step DropFolder::finish(Claimed& claimed, WorkReport& report) {
  if (auto written = claimed.document.write_receipts(); !written) return put_off(claimed, written.error(), report);
  if (auto moved = claimed.document.move_away(); !moved) return put_off(claimed, moved.error(), report);
  ended(*claimed.document.outcome(), report);
  return Step::kDone;
}

void DropFolder::ended(const IntakeOutcome& outcome, WorkReport& report) const {
  const DocumentRow& row = outcome.row;
  const bool accepted = row.state == DocumentState::kSealed;
  ++(outcome.repeat ? report.repeated : accepted ? report.accepted : report.rejected);
  const std::string document = "d-" + std::to_string(row.id);
  if (accepted)
    log::info("document_ended", {{"instance", target_.instance},
                                 {"document", document},
                                 {"state", to_text(row.state)},
                                 {"repeat", outcome.repeat},
                                 {"quarantined", row.counts.quarantined}});
  else
    log::warning("document_ended", {{"instance", target_.instance},
                                    {"document", document},
                                    {"state", to_text(row.state)},
                                    {"line", row.place.line},
                                    {"column", row.place.column},
                                    {"reason", row.reason}});
}

}  // namespace vestitel
