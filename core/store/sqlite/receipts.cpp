#include "core/store/sqlite/receipts.hpp"

#include <algorithm>

namespace vestitel::sqlite {
namespace {

constexpr auto kEarlyKept = std::chrono::hours(24);
constexpr auto kRepeatsKnown = std::chrono::hours(24);
constexpr auto kLateTaken = std::chrono::days(14);
constexpr auto kComplaintsTaken = kLateTaken;
constexpr auto kCountEvery = std::chrono::hours(1);
constexpr std::int64_t kMostForgotten = 100'000;  // at a time: the writer has other work
constexpr std::chrono::seconds kStartGrace = std::chrono::hours(1);

}  // namespace

ReceiptBook::ReceiptBook(Database& store, std::int64_t most_ended)
    : most_ended_(most_ended),
      await_(store, "INSERT OR REPLACE INTO awaited(sink, provider_id, outbox, due, stage) VALUES(?, ?, ?, ?, 0)"),
      find_(store, "SELECT outbox, stage FROM awaited WHERE sink = ? AND provider_id = ?"),
      waiting_(store, "SELECT outbox FROM awaited WHERE sink = ? AND provider_id = ? AND stage <> 2 AND outbox <> ?"),
      end_(store, "UPDATE awaited SET stage = 2, due = ? WHERE sink = ? AND provider_id = ?"),
      drop_body_(store, "DELETE FROM outbox_body WHERE id = ?1 AND (SELECT state FROM outbox WHERE id = ?1) = 3"),
      // A final word stands; what says that nothing is known gives way to it, and all to a complaint.
      keep_early_(
          store,
          "INSERT INTO early_receipt(sink, provider_id, at, verdict, since, reason, arrived) VALUES(?1, ?2, ?3, "
          "?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET verdict = ?4, since = ?5, reason = ?6, arrived = ?7 WHERE "
          "verdict = 7 OR ?7 = 1"),
      find_early_(store,
                  "SELECT verdict, since, reason, arrived FROM early_receipt WHERE sink = ? AND provider_id = ?"),
      drop_early_(store, "DELETE FROM early_receipt WHERE sink = ? AND provider_id = ?"),
      count_early_(store, "SELECT count(*) FROM early_receipt"),
      put_off_(store, "UPDATE awaited SET due = ?2 WHERE sink = ?1 AND stage = 0 AND due < ?2"),
      count_awaited_(store, "SELECT count(*) FROM awaited WHERE sink = ?"),
      due_(store,
           "UPDATE awaited SET stage = 1, due = ?1 WHERE (sink, provider_id) IN (SELECT sink, provider_id FROM "
           "awaited WHERE stage = 0 AND due <= ?2 ORDER BY due LIMIT ?3) RETURNING outbox, sink"),
      forget_(store,
              "DELETE FROM awaited WHERE stage IN (1, 2) AND due <= ? RETURNING CASE stage WHEN 1 THEN outbox END"),
      forget_early_(store, "DELETE FROM early_receipt WHERE at <= ?"),
      count_ended_(store, "SELECT count(*) FROM awaited WHERE stage = 2"),
      forget_ended_(store,
                    "DELETE FROM awaited WHERE (sink, provider_id) IN (SELECT sink, provider_id FROM awaited WHERE "
                    "stage = 2 AND due <= ?1 ORDER BY due LIMIT ?2)"),
      early_(count_early_.number().value_or(0)) {}

void ReceiptBook::expect(std::int64_t sink, std::chrono::seconds within, bool silence_is_fine, Instant now) {
  expected_[sink] = {within, silence_is_fine};
  put_off_.run(sink, to_micros(now + std::min(within, kStartGrace)));
}

bool ReceiptBook::expects(std::int64_t sink, std::string_view id) const {
  const auto expected = expected_.find(sink);
  return !id.empty() && expected != expected_.end() && expected->second.within.count() > 0;
}

std::optional<Verdict> ReceiptBook::accepted(std::int64_t sink, std::string_view id, std::int64_t outbox, Instant now) {
  if (!expects(sink, id)) return std::nullopt;
  auto early = take_early(sink, id);
  if (const auto other = waiting_.number(sink, id, outbox)) drop_body_.run(*other);  // nothing will be heard of it
  await_.run(sink, id, outbox, to_micros(now + expected_.at(sink).within));
  if (early && early->kind != VerdictKind::kUnknown) ended(sink, id, now);
  return early;
}

void ReceiptBook::ended(std::int64_t sink, std::string_view id, Instant now) {
  end_.run(to_micros(now + kComplaintsTaken), sink, id);
}

std::optional<Verdict> ReceiptBook::take_early(std::int64_t sink, std::string_view id) {
  if (early_ == 0) return std::nullopt;
  Verdict verdict;
  {
    auto row = find_early_.rows(sink, id);
    if (!row.step()) return std::nullopt;
    verdict.kind = static_cast<VerdictKind>(row.integer(0));
    if (!row.null(1)) verdict.since = from_micros(row.integer(1));
    verdict.reason = row.text(2);
    verdict.arrived = row.integer(3) != 0;
  }
  drop_early_.run(sink, id);
  --early_;
  return verdict;
}

Result<std::optional<ReceiptBook::Awaited>> ReceiptBook::message_of(std::int64_t sink, std::string_view id,
                                                                    const Verdict& verdict, Instant now) {
  {
    auto row = find_.rows(sink, id);
    if (row.step()) return std::optional(Awaited{row.integer(0), static_cast<Stage>(row.integer(1))});
  }
  if (early_ >= kMostEarly) return Error{Failure::kBusy, "too many receipts of unknown messages are kept already"};
  const auto since = verdict.since ? std::optional(to_micros(*verdict.since)) : std::nullopt;
  if (!find_early_.number(sink, id)) ++early_;
  keep_early_.run(sink, id, to_micros(now), static_cast<int>(verdict.kind), since, std::string_view(verdict.reason),
                  verdict.arrived ? 1 : 0);
  return std::optional<Awaited>();
}

std::vector<std::int64_t> ReceiptBook::overdue(Instant now, std::size_t limit) {
  const std::int64_t at = to_micros(now);
  std::vector<std::int64_t> forgotten;
  {
    auto rows = forget_.rows(at);
    while (rows.step())
      if (!rows.null(0)) forgotten.push_back(rows.integer(0));
  }
  for (const std::int64_t outbox : forgotten) drop_body_.run(outbox);
  forget_early_.run(to_micros(now - kEarlyKept));
  early_ = count_early_.number().value_or(0);
  forget_most_ended(now);
  std::vector<std::int64_t> found;
  auto rows = due_.rows(to_micros(now + kLateTaken), at, static_cast<std::int64_t>(limit));
  while (rows.step())
    if (const auto of = expected_.find(rows.integer(1)); of != expected_.end() && !of->second.silence_is_fine)
      found.push_back(rows.integer(0));
  return found;
}

// What ended within a day is kept, however much it is.
void ReceiptBook::forget_most_ended(Instant now) {
  if (now < count_again_) return;
  count_again_ = now + kCountEvery;
  const std::int64_t over = count_ended_.number().value_or(0) - most_ended_;
  if (over > 0) forget_ended_.run(to_micros(now + kComplaintsTaken - kRepeatsKnown), std::min(over, kMostForgotten));
}

}  // namespace vestitel::sqlite
