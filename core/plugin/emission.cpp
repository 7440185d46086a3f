#include "core/plugin/emission.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/plugin/abi_call.hpp"
#include "core/plugin/batch_copy.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kPendingItems = 256;
constexpr std::size_t kPendingBytes = 1024UL * 1024;

bool take_number(std::string_view& text, std::string_view label, std::uint32_t& into) {
  if (text.substr(0, label.size()) != label) return false;
  const std::string_view digits = text.substr(label.size());
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
  if (bad != std::errc{}) return false;
  text = digits.substr(static_cast<std::size_t>(end - digits.data()));
  return true;
}

}  // namespace

vestitel_rc Emission::emit(const vestitel_batch& batch, vestitel_error* error) {
  auto copy = copy_batch(batch, reported_us_);
  if (!copy) return broken(copy.error().message, error);
  if (auto sent = flush(); !sent) return refused(sent.error(), error);
  uncommitted_ = true;
  return answer(out_.receive(std::move(*copy)), error);
}

vestitel_rc Emission::quarantine(Place place, std::string_view element, std::string_view reason, std::string_view bytes,
                                 vestitel_error* error) {
  append_quarantined(pending_, place, element, reason, bytes);
  pending_bytes_ += std::min(bytes.size(), kMaxQuarantinedBytes);
  uncommitted_ = true;
  if (pending_.items.size() < kPendingItems && pending_bytes_ < kPendingBytes) return VESTITEL_OK;
  return answer(flush(), error);
}

vestitel_rc Emission::complete(std::string_view scope, vestitel_error* error) {
  if (auto sent = flush(); !sent) return refused(sent.error(), error);
  return answer(out_.complete(scope), error);
}

vestitel_rc Emission::commit(std::string_view cursor, vestitel_error* error) {
  if (feed_ == nullptr) return broken("a reader never commits", error);
  // What was refused is missing from the unit: the rest of it must not become durable with the cursor.
  if (hub_failure_) return refused(*hub_failure_, error);
  if (breach_) return broken(*breach_, error);
  if (auto sent = flush(); !sent) return refused(sent.error(), error);
  uncommitted_ = false;
  const auto kept = unit_->hand_over([this](KvChange change) { return feed_->change(std::move(change)); });
  if (!kept) return refused(kept.error(), error);
  return answer(feed_->commit(cursor), error);
}

vestitel_rc Emission::refused(const Error& why, vestitel_error* error) {
  if (!hub_failure_) hub_failure_ = why;
  return fail(error, rc_of(why.failure), why.message);
}

Result<> Emission::flush() {
  if (pending_.items.empty()) return Done{};
  pending_bytes_ = 0;
  return out_.receive(std::exchange(pending_, {}));
}

vestitel_rc Emission::broken(std::string_view what, vestitel_error* error) {
  if (!breach_) breach_ = what;
  return fail(error, VESTITEL_E_INVALID, what);
}

std::optional<Error> Emission::outcome(const Result<vestitel_rc>& rc, vestitel_rc most) {
  if (!rc && rc.error().failure == Failure::kCrashed) return rc.error();
  if (hub_failure_) return hub_failure_;
  if (breach_) return Error{Failure::kInternal, *breach_};
  if (!rc) return rc.error();
  if (*rc > most) return Error{Failure::kInternal, "the plugin answered a code that has no meaning here"};
  return std::nullopt;
}

std::optional<ParseFailure> Emission::parsed(const Result<vestitel_rc>& rc) {
  auto error = outcome(rc, VESTITEL_OK);
  if (!error) {
    if (auto sent = flush(); !sent) error = sent.error();
  }
  if (!error) return std::nullopt;
  const Place place = error->failure == Failure::kInvalid ? take_place(error->message) : Place{};
  return ParseFailure{std::move(*error), place};
}

Place take_place(std::string& message) {
  std::string_view rest = message;
  Place place;
  if (!take_number(rest, "line ", place.line)) return {};
  static_cast<void>(take_number(rest, ", column ", place.column));
  if (rest.substr(0, 2) != ": " && rest.substr(0, 2) != ", ") return {};
  message = std::string(rest.substr(2));
  return place;
}

}  // namespace vestitel
