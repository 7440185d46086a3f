#include "core/intake/document_intake.hpp"

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"

namespace vestitel {
namespace {

constexpr std::uint32_t kMostCrashes = 3;
constexpr const char* kTrial = "it was a trial: nothing of it was kept";
constexpr std::size_t kMostScopes = 10'000;  // of one document that are declared complete

Error stopped() { return {Failure::kCancelled, "the hub is stopping"}; }

// Stages what the reader emits: skips what is durable already, and turns what the hub's own rules refuse into
// quarantined records. Remembers the store's failure, whatever the reader makes of it.
class Staging final : public EventReceiver {
 public:
  Staging(IntakeStore& store, const OpenedDocument& opened, const DocumentArrival& arrival, const Validate& validate,
          const IntakeControl& control)
      : store_(store),
        arrival_(arrival),
        validate_(validate),
        control_(control),
        document_(opened.id),
        skip_(static_cast<std::uint64_t>(std::max<std::int64_t>(opened.staged, 0))) {}

  Result<> receive(EventBatch batch) override {
    if (control_.stop.stop_requested()) return keep(stopped());
    progress_.items += batch.items.size();
    const std::size_t from = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, batch.items.size()));
    skip_ -= from;
    if (from < batch.items.size()) {
      if (auto staged = store_.stage(document_, checked(std::move(batch), from, validate_, arrival_)); !staged)
        return keep(staged.error());
    }
    tell();
    return Done{};
  }

  // What is gone is annulled when the whole document has been read.
  Result<> complete(std::string_view scope) override {
    if (scopes_.size() >= kMostScopes)
      return {Failure::kInvalid, "the reader declares more complete scopes than a document may have"};
    scopes_.emplace_back(scope);
    return Done{};
  }

  void read(std::size_t bytes) { progress_.bytes += bytes; }
  void tell() const {
    if (control_.progress) control_.progress({progress_.bytes, arrival_.size, progress_.items});
  }
  Error keep(Error error) {
    if (!failure_) failure_ = error;
    return error;
  }
  [[nodiscard]] std::uint64_t left_to_skip() const { return skip_; }
  [[nodiscard]] std::span<const std::string> scopes() const { return scopes_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  IntakeStore& store_;
  const DocumentArrival& arrival_;
  const Validate& validate_;
  const IntakeControl& control_;
  const std::int64_t document_;
  std::uint64_t skip_;  // items still to be passed over
  IntakeProgress progress_;
  std::vector<std::string> scopes_;  // declared complete
  std::optional<Error> failure_;
};

// The bytes as the reader pulls them, until somebody asks to stop.
class Reading final : public ByteStream {
 public:
  Reading(ByteStream& bytes, Staging& staging, const IntakeControl& control)
      : bytes_(bytes), staging_(staging), control_(control) {}

  Result<std::size_t> read(std::span<char> into) override {
    if (control_.stop.stop_requested()) return staging_.keep(stopped());
    auto got = bytes_.read(into);
    if (!got) return staging_.keep(got.error());
    staging_.read(*got);
    staging_.tell();
    return got;
  }

 private:
  ByteStream& bytes_;
  Staging& staging_;
  const IntakeControl& control_;
};

// A document that was opened is let go of, however its reading ends.
class Hold {
 public:
  Hold(IntakeStore& store, std::int64_t document) : store_(store), document_(document) {}
  ~Hold() { store_.release(document_); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  IntakeStore& store_;
  const std::int64_t document_;
};

}  // namespace

Result<IntakeOutcome> DocumentIntake::run(const DocumentArrival& arrival, DocumentBytes& bytes,
                                          const IntakeControl& control) {
  if (control.stop.stop_requested()) return stopped();
  const auto validate = rules_(arrival);
  if (!validate) return validate.error();
  const auto opened = store_.open_document(arrival);
  if (!opened) return opened.error().during("opening a document");
  if (opened->repeat_of) return IntakeOutcome{*opened->repeat_of, true};
  const Hold hold(store_, opened->id);
  Staging staging(store_, *opened, arrival, *validate, control);
  Reading reading(bytes, staging, control);
  auto failure = reader_.parse(arrival, reading, staging);
  if (staging.failure()) return *staging.failure();
  if (!failure && staging.left_to_skip() > 0) return read_otherwise(*opened);
  return decide(*opened, arrival, std::move(failure), staging.scopes(), bytes, control.hold_rejection);
}

// The reader found less in these bytes than it had found before: what is staged is not what they say.
Error DocumentIntake::read_otherwise(const OpenedDocument& opened) {
  constexpr std::string_view kReason = "its reader finds less in it than before; it will be read again from the start";
  if (const auto dropped = store_.reject(opened.id, kReason, {}); !dropped) return dropped.error();
  return {Failure::kConflict, std::string(kReason)};
}

// A document on which the reader's process dies again and again is at fault with it: it becomes one that is rejected,
// so that the others are read. The count outlives the hub.
Result<> DocumentIntake::blame(std::int64_t document, ParseFailure& failure) {
  const auto times = store_.crashed(document);
  if (!times) return times.error();
  if (*times < kMostCrashes) return Done{};
  failure.error = {Failure::kInvalid, "its reader died on it three times: " + failure.error.message};
  return Done{};
}

Result<> DocumentIntake::annul_gone(std::int64_t document, std::span<const std::string> scopes) {
  for (const std::string& scope : scopes) {
    const auto annulled = store_.annul_gone(document, scope);
    if (!annulled) return annulled.error().during("annulling what is gone");
    if (!*annulled)
      log::warning("scope_kept",
                   {{"document", "d-" + std::to_string(document)},
                    {"reason", "a record of it is in quarantine, and may be one that would be annulled"}});
  }
  return Done{};
}

// Seals what is delivered. A trial is dropped with all that it staged, and its row says what sealing would have said.
Result<DocumentRow> DocumentIntake::end(std::int64_t document, Transport transport) {
  if (transport != Transport::kTrial) return store_.seal(document);
  auto row = store_.reject(document, kTrial, {});
  if (!row) return row;
  row->state = DocumentState::kSealed;
  row->reason.clear();
  return row;
}

Result<IntakeOutcome> DocumentIntake::decide(const OpenedDocument& opened, const DocumentArrival& arrival,
                                             std::optional<ParseFailure> failure, std::span<const std::string> complete,
                                             DocumentBytes& bytes, bool hold_rejection) {
  if (failure && failure->error.failure == Failure::kCrashed)
    if (auto blamed = blame(opened.id, *failure); !blamed) return blamed.error();
  if (failure && failure->error.failure != Failure::kInvalid) return failure->error;
  if (const auto same = bytes.unchanged(); !same) {
    if (same.error().failure != Failure::kConflict) return same.error();
    const auto dropped = store_.reject(opened.id, "it changed while it was read; it will be read again", {});
    return dropped ? same.error() : dropped.error();
  }
  if (failure && hold_rejection) {
    if (auto staged = store_.wait_staged(opened.id); !staged) return staged.error();
    return {Failure::kBusy, "it may be cut off: " + failure->error.message};
  }
  if (!failure)
    if (const auto annulled = annul_gone(opened.id, complete); !annulled) return annulled.error();
  auto row =
      failure ? store_.reject(opened.id, failure->error.message, failure->place) : end(opened.id, arrival.transport);
  if (!row) return row.error().during(failure ? "rejecting a document" : "sealing a document");
  return IntakeOutcome{std::move(*row), false};
}

Result<IntakeOutcome> DocumentIntake::refuse(const DocumentArrival& arrival, std::string_view reason) {
  const auto opened = store_.open_document(arrival);
  if (!opened) return opened.error().during("opening a document");
  // Bytes that were accepted before are refused all the same: what is wrong stands beside them, as in a sidecar.
  if (opened->repeat_of) {
    auto row = store_.register_rejected(arrival, reason);
    if (!row) return row.error().during("rejecting a document");
    return IntakeOutcome{std::move(*row), false};
  }
  const Hold hold(store_, opened->id);
  auto row = store_.reject(opened->id, reason, {});
  if (!row) return row.error().during("rejecting a document");
  return IntakeOutcome{std::move(*row), false};
}

}  // namespace vestitel
