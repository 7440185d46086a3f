// What one parse or poll of a source hands over, on its way into a receiver: the same for both homes.
#pragma once
#include <vestitel/abi.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/plugin/host_side.hpp"
#include "core/plugin/services/lent_services.hpp"
#include "core/ports/source.hpp"

namespace vestitel {

// Quarantined records gather between batches; the order stays. Remembers the first failure of the hub and the first
// breach of the plugin, whatever the plugin makes of the codes it was given.
class Emission final : public EmitCall {
 public:
  // Borrows all. reported_us: stands where an event does not say when it was reported.
  Emission(EventReceiver& out, std::int64_t reported_us) : out_(out), reported_us_(reported_us) {}
  // Of a feed; `unit`: what the plugin keeps, a part of what it commits.
  Emission(FeedReceiver& out, LentServices::Unit& unit, std::int64_t reported_us)
      : out_(out), feed_(&out), unit_(&unit), reported_us_(reported_us) {}

  vestitel_rc emit(const vestitel_batch& batch, vestitel_error* error) override;
  vestitel_rc quarantine(Place place, std::string_view element, std::string_view reason, std::string_view bytes,
                         vestitel_error* error) override;
  vestitel_rc complete(std::string_view scope, vestitel_error* error) override;
  vestitel_rc commit(std::string_view cursor, vestitel_error* error) override;
  vestitel_rc broken(std::string_view what, vestitel_error* error) override;

  // The hub's own failure, kept and told to the plugin.
  vestitel_rc refused(const Error& why, vestitel_error* error);

  // What a call that answered `rc` came to in the end; nothing: it went well. `most`: the highest code it may answer.
  std::optional<Error> outcome(const Result<vestitel_rc>& rc, vestitel_rc most);
  // The same for a parse: what has gathered is handed over, and the place is taken off the words.
  std::optional<ParseFailure> parsed(const Result<vestitel_rc>& rc);
  [[nodiscard]] bool uncommitted() const { return uncommitted_; }

 private:
  Result<> flush();
  vestitel_rc answer(const Result<>& result, vestitel_error* error) {
    return result ? VESTITEL_OK : refused(result.error(), error);
  }

  EventReceiver& out_;
  FeedReceiver* const feed_ = nullptr;
  LentServices::Unit* const unit_ = nullptr;
  const std::int64_t reported_us_;
  EventBatch pending_;
  std::size_t pending_bytes_ = 0;
  bool uncommitted_ = false;
  std::optional<Error> hub_failure_;
  std::optional<std::string> breach_;
};

// "line 12, column 3, element: text", "line 12, column 3: text" and "line 12: text", as readers begin the message of a
// refused document: the place is taken off the text. Nothing is taken off any other text.
Place take_place(std::string& message);

}  // namespace vestitel
