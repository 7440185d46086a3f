#include "core/intake/feed_cycle.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/safe_text.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Micros kLookAgain = seconds(10);
constexpr milliseconds kFirstDelay = seconds(1), kLongestDelay = std::chrono::minutes(15);
constexpr milliseconds kLongestAsked = std::chrono::hours(1);
constexpr milliseconds kNoRoom = seconds(5);
constexpr std::uint32_t kMostCrashes = 3;

// Where in the time that it may be put off an instance stands, so that many do not call at once.
Micros offset_of(std::string_view instance, milliseconds most, Random& random) {
  if (most.count() <= 0) return Micros{0};
  std::uint64_t hash = 1469598103934665603ULL;  // FNV-1a
  for (const char c : instance) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  const auto micros = static_cast<std::uint64_t>(Micros(most).count());
  return Micros(static_cast<std::int64_t>((hash ^ random.number()) % micros));
}

std::int64_t whole_seconds(Micros time) { return std::chrono::ceil<seconds>(time).count(); }

}  // namespace

std::string_view to_text(FeedState state) {
  static constexpr std::array<std::string_view, 4> kWords{"waiting", "polling", "failing", "paused"};
  return kWords.at(static_cast<std::size_t>(state));
}

FeedCycle::FeedCycle(Feed& feed, FeedStore& store, const Clock& clock, Random& random, FeedSettings settings,
                     FeedHooks hooks)
    : feed_(feed),
      store_(store),
      clock_(clock),
      random_(random),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      offset_(offset_of(settings_.instance, settings_.jitter, random)) {
  standing_.feed = settings_.instance;
}

FeedStanding FeedCycle::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

void FeedCycle::stand(FeedState state, std::string reason, std::optional<Instant> due) {
  const std::lock_guard lock(mutex_);
  standing_ = {settings_.instance, state, std::move(reason), due};
}

// Where the wall clock was set back, what the schedule said of a later time does not hold any more.
Micros FeedCycle::left() const {
  const Instant now = clock_.now();
  const Instant due = now < planned_ ? now : due_;
  return std::max(Micros(due - now), again_ - clock_.monotonic());
}

Micros FeedCycle::step(const std::stop_token& stop) {
  const bool steered = steered_.exchange(false);
  if (steered || !loaded_)
    if (auto loaded = load(steered); !loaded) return failed(loaded.error(), milliseconds{0});
  if (paused_) return kLookAgain;
  if (const Micros wait = left(); wait > Micros{0}) return wait;
  if (hooks_.room)
    if (auto room = hooks_.room(); !room) return retry(room.error(), kNoRoom);
  return poll(stop);
}

Result<> FeedCycle::load(bool steered) {
  auto read = store_.checkpoint(settings_.instance);
  if (!read) return read.error().during("reading a feed's cursor");
  at_ = std::move(*read);
  loaded_ = true;
  if (paused_ && at_.pause == FeedPause::kNone) log::info("feed_resumed", {{"feed", settings_.instance}});
  paused_.reset();
  if (steered) {
    again_ = Micros{0};
    failures_ = 0;
  }
  if (at_.pause != FeedPause::kNone) {
    (void)pause(at_.reason);
    return Done{};
  }
  planned_ = clock_.now();
  due_ = planned_;
  if (at_.ended && !steered) due_ = settings_.schedule.next(std::min(*at_.ended, planned_), offset_);
  if (due_ < planned_ && !settings_.catch_up) due_ = settings_.schedule.next(planned_, offset_);
  stand(FeedState::kWaiting, "", std::max(due_, planned_));
  return Done{};
}

Micros FeedCycle::poll(const std::stop_token& stop) {
  stand(FeedState::kPolling, "", std::nullopt);
  const std::function<void(const FeedCommitted&)> told = [this](const FeedCommitted& committed) { sealed(committed); };
  const bool baseline = settings_.baseline && !at_.ended;
  FeedUnit unit(store_, at_, hooks_.validate, {settings_.instance, settings_.kv_quota, baseline}, clock_.now(), stop,
                told);
  const std::string cursor = at_.cursor;
  const auto answer = feed_.poll(cursor, settings_.max_events, unit);
  std::optional<Error> error = unit.failure();
  if (!answer && (!error || answer.error().failure == Failure::kCrashed)) error = answer.error();
  if (!error && unit.open())
    error = Error{Failure::kInternal, "its poll ended with something that it had not committed"};
  if (!error && answer->more && !unit.progressed())
    error = Error{Failure::kInternal, "it says that there is more, and has committed nothing"};
  unit.drop(error ? safe_text(error->message) : "");
  if (!error) return succeeded(answer->more);
  if (stop.stop_requested()) return kLookAgain;
  return failed(std::move(*error), unit.asked());
}

void FeedCycle::sealed(const FeedCommitted& committed) const {
  const DocumentRow& row = *committed.document;
  log::info("feed_sealed", {{"feed", settings_.instance},
                            {"document", row.id},
                            {"new", row.counts.accepted},
                            {"corrected", row.counts.corrected},
                            {"annulled", row.counts.annulled},
                            {"duplicates", row.counts.duplicates},
                            {"quarantined", row.counts.quarantined}});
  if (committed.scopes_kept)
    log::warning("feed_scope_kept", {{"feed", settings_.instance},
                                     {"document", row.id},
                                     {"reason", "a record of it is in quarantine: nothing was annulled as gone"}});
  if (hooks_.sealed) hooks_.sealed();
}

Micros FeedCycle::succeeded(bool more) {
  if (failures_ > 0) log::info("feed_recovered", {{"feed", settings_.instance}});
  failures_ = 0;
  if (more) return Micros{0};
  const Instant now = clock_.now();
  if (auto ended = store_.ended(settings_.instance, now); !ended) return failed(ended.error(), milliseconds{0});
  at_.ended = now;
  at_.crashes = 0;
  planned_ = now;
  due_ = settings_.schedule.next(now, offset_);
  stand(FeedState::kWaiting, "", due_);
  return std::max(left(), Micros{1});
}

Micros FeedCycle::failed(Error error, milliseconds asked) {
  switch (error.failure) {
    case Failure::kConfig:
    case Failure::kDenied: return pause(safe_text(error.message));
    case Failure::kCrashed: return crashed(std::move(error));
    case Failure::kConflict: loaded_ = false; return retry(error, asked);
    default: return retry(error, asked);
  }
}

// A feed whose process dies again and again at one cursor would do so for ever. The count outlives the hub.
Micros FeedCycle::crashed(Error error) {
  const auto times = store_.crashed(settings_.instance);
  if (!times || *times < kMostCrashes) return retry(times ? error : times.error(), milliseconds{0});
  const std::string reason = "its process died three times at this cursor: " + safe_text(error.message);
  if (auto paused = store_.pause(settings_.instance, FeedPause::kByCrashes, reason); !paused)
    return retry(paused.error(), milliseconds{0});
  return pause(reason);
}

Micros FeedCycle::retry(const Error& error, milliseconds asked) {
  milliseconds delay = std::min(asked, kLongestAsked);
  if (delay.count() <= 0) {
    const auto doubled = kFirstDelay * (1LL << std::min<std::uint32_t>(failures_, 10));
    const milliseconds most = std::min<milliseconds>(doubled, kLongestDelay);
    delay = most / 2 + milliseconds(static_cast<std::int64_t>(
                           random_.number() % static_cast<std::uint64_t>(std::max<std::int64_t>(most.count() / 2, 1))));
  }
  const std::string reason = safe_text(error.message);
  if (failures_++ == 0)
    log::warning("feed_failing",
                 {{"feed", settings_.instance}, {"reason", reason}, {"again_in_s", whole_seconds(delay)}});
  again_ = clock_.monotonic() + delay;
  stand(FeedState::kFailing, reason, clock_.now() + delay);
  return delay;
}

Micros FeedCycle::pause(const std::string& reason) {
  paused_ = reason;
  log::error("feed_paused", {{"feed", settings_.instance}, {"reason", reason}});
  stand(FeedState::kPaused, reason, std::nullopt);
  return kLookAgain;
}

}  // namespace vestitel
