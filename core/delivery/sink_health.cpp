#include "core/delivery/sink_health.hpp"

#include <algorithm>

#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Micros kCountEvery = std::chrono::minutes(1);
constexpr milliseconds kWorthALine = seconds(1);
constexpr std::size_t kMaxReason = 256;

seconds whole(Micros time) { return std::chrono::ceil<seconds>(time); }

}  // namespace

void SinkHealth::judged(const Verdict& verdict, std::optional<milliseconds> pause_length, Micros now) {
  if (!is_taken(verdict.kind)) last_refusal_ = safe_text(verdict.reason, kMaxReason);
  if (pause_length) return pause(verdict, *pause_length, now);
  if (verdict.kind == VerdictKind::kUnknown) failed(verdict, now);
  pauses_in_a_row_ = 0;
  if (!is_taken(verdict.kind) || !failing_since_) return;
  write_(log::Level::kInfo, "sink_recovered", {{"sink", sink_}, {"after_s", whole(now - *failing_since_).count()}});
  failing_since_.reset();
  reason_.clear();
}

void SinkHealth::failed(const Verdict& verdict, Micros now) {
  reason_ = safe_text(verdict.reason, kMaxReason);
  if (failing_since_) return;
  failing_since_ = now;
  write_(log::Level::kWarning, "sink_failing",
         {{"sink", sink_}, {"verdict", to_text(verdict.kind)}, {"reason", reason_}});
}

void SinkHealth::pause(const Verdict& verdict, milliseconds length, Micros now) {
  failed(verdict, now);
  const bool first = !paused(now);  // a whole batch refused at once is one refusal
  if (first) {
    ++pauses_in_a_row_;
    pause_told_ = false;
  }
  paused_until_ = std::max(paused_until_, now + length);
  if (pause_told_ || length < kWorthALine) return;
  pause_told_ = true;
  const bool for_staff = verdict.kind == VerdictKind::kConfigError;
  write_(for_staff ? log::Level::kError : log::Level::kInfo, "sink_paused",
         {{"sink", sink_}, {"for_s", whole(length).count()}, {"reason", reason_}});
}

void SinkHealth::settled(const SettleOutcome& outcome, Micros now) {
  counted_.dead += outcome.dead;
  counted_.held += outcome.held;
  counted_.put_off += outcome.put_off;
  tick(now);
}

void SinkHealth::tick(Micros now) {
  if (pause_told_ && !paused(now)) {
    pause_told_ = false;
    write_(log::Level::kInfo, "sink_resumed", {{"sink", sink_}});
  }
  if (!counts_told_ || now - *counts_told_ >= kCountEvery) tell_counts(now);
}

void SinkHealth::close(Micros now) {
  counted_.put_off = 0;  // what the stop itself put off is no news
  tell_counts(now);
}

void SinkHealth::tell_counts(Micros now) {
  if (counted_.dead + counted_.held + counted_.put_off == 0) return;
  write_(log::Level::kWarning, "messages_not_delivered",
         {{"sink", sink_},
          {"dead", counted_.dead},
          {"held", counted_.held},
          {"put_off", counted_.put_off},
          {"last_reason", last_refusal_}});
  counted_ = {};
  counts_told_ = now;
}

SinkStanding SinkHealth::standing(Micros now) const {
  SinkStanding out{sink_, failing_since_.has_value(), seconds(0), seconds(0), reason_};
  if (failing_since_) out.failing_for = whole(now - *failing_since_);
  if (paused(now)) out.paused_for = whole(paused_until_ - now);
  return out;
}

}  // namespace vestitel
