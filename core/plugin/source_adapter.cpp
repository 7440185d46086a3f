#include "core/plugin/source_adapter.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/plugin/abi_call.hpp"
#include "core/plugin/batch_copy.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kPendingItems = 256;
constexpr std::size_t kPendingBytes = 1024UL * 1024;
constexpr std::uint64_t kMaxRead = 64UL * 1024 * 1024;

// What one parse or poll hands over. Quarantined records gather between batches; the order stays. Remembers the first
// failure of the hub and the first breach of the plugin, whatever the plugin makes of the codes it was given.
class Emission final : public EmitCall {
 public:
  Emission(EventReceiver& out, FeedReceiver* feed, std::int64_t reported_us)
      : out_(out), feed_(feed), reported_us_(reported_us) {}

  vestitel_rc emit(const vestitel_batch& batch, vestitel_error* error) override {
    auto copy = copy_batch(batch, reported_us_);
    if (!copy) return broken(copy.error().message, error);
    if (auto sent = flush(); !sent) return refused(sent.error(), error);
    uncommitted_ = true;
    return answer(out_.receive(std::move(*copy)), error);
  }

  vestitel_rc quarantine(Place place, std::string_view element, std::string_view reason, std::string_view bytes,
                         vestitel_error* error) override {
    append_quarantined(pending_, place, element, reason, bytes);
    pending_bytes_ += std::min(bytes.size(), kMaxQuarantinedBytes);
    uncommitted_ = true;
    if (pending_.items.size() < kPendingItems && pending_bytes_ < kPendingBytes) return VESTITEL_OK;
    return answer(flush(), error);
  }

  vestitel_rc complete(std::string_view scope, vestitel_error* error) override {
    if (auto sent = flush(); !sent) return refused(sent.error(), error);
    return answer(out_.complete(scope), error);
  }

  vestitel_rc commit(std::string_view cursor, vestitel_error* error) override {
    if (feed_ == nullptr) return broken("a reader never commits", error);
    if (auto sent = flush(); !sent) return refused(sent.error(), error);
    uncommitted_ = false;
    return answer(feed_->commit(cursor), error);
  }

  vestitel_rc refused(const Error& why, vestitel_error* error) {
    if (!hub_failure_) hub_failure_ = why;
    return fail(error, rc_of(why.failure), why.message);
  }

  Result<> flush() {
    if (pending_.items.empty()) return Done{};
    pending_bytes_ = 0;
    return out_.receive(std::exchange(pending_, {}));
  }

  // What the call came to in the end; nothing: it went well.
  std::optional<Error> outcome(const Result<vestitel_rc>& rc, vestitel_rc most) {
    if (hub_failure_) return hub_failure_;
    if (breach_) return Error{Failure::kInternal, *breach_};
    if (!rc) return rc.error();
    if (*rc > most) return Error{Failure::kInternal, "the plugin answered a code that has no meaning here"};
    return std::nullopt;
  }
  [[nodiscard]] bool uncommitted() const { return uncommitted_; }

 private:
  vestitel_rc broken(const std::string& what, vestitel_error* error) {
    if (!breach_) breach_ = what;
    return fail(error, VESTITEL_E_INVALID, what);
  }
  vestitel_rc answer(const Result<>& result, vestitel_error* error) {
    return result ? VESTITEL_OK : refused(result.error(), error);
  }

  EventReceiver& out_;
  FeedReceiver* const feed_;
  const std::int64_t reported_us_;
  EventBatch pending_;
  std::size_t pending_bytes_ = 0;
  bool uncommitted_ = false;
  std::optional<Error> hub_failure_;
  std::optional<std::string> breach_;
};

struct InputBridge {
  ByteStream& bytes;
  Emission& emission;
  HostSide& host;

  static vestitel_rc read(void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
    return serve(nullptr, [&]() -> vestitel_rc {
      auto& self = *static_cast<InputBridge*>(ctx);
      if (got == nullptr || into == nullptr || cap == 0) return VESTITEL_E_INVALID;
      *got = 0;
      if (self.host.cancelled())
        return self.emission.refused({Failure::kCancelled, "the instance has been cancelled"}, nullptr);
      const auto read =
          self.bytes.read({reinterpret_cast<char*>(into), static_cast<std::size_t>(std::min(cap, kMaxRead))});
      if (!read) return self.emission.refused(read.error(), nullptr);
      *got = *read;
      return VESTITEL_OK;
    });
  }
};

vestitel_document describe(const DocumentArrival& arrival) {
  vestitel_document document{};
  document.size = sizeof document;
  document.flags = arrival.complete ? VESTITEL_DOC_COMPLETE : 0;
  document.as_of_us = to_micros(arrival.as_of);
  document.total_bytes = arrival.size;
  document.name = to_str(arrival.name);
  document.media_type = to_str(arrival.media_type);
  document.partner = to_str(arrival.partner);
  return document;
}

class AbiReader final : public Reader {
 public:
  AbiReader(InProcessCore& core, const vestitel_parse_v1& table) : core_(core), table_(table) {}

  int sniff(std::string_view name, std::string_view head) override {
    if (table_.sniff == nullptr) return 0;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(head.data());
    const auto sure = guarded([&] { return table_.sniff(core_.plugin, to_str(name), bytes, head.size()); });
    return sure ? std::clamp(*sure, 0, 100) : 0;
  }

  std::optional<ParseFailure> parse(const DocumentArrival& arrival, ByteStream& bytes, EventReceiver& out) override {
    const auto gate = enter_work(core_);
    if (!gate) return ParseFailure{gate.error(), {}};
    Emission emission(out, nullptr, to_micros(arrival.as_of));
    auto error = call(arrival, bytes, emission);
    if (!error) {
      if (auto sent = emission.flush(); !sent) error = sent.error();
    }
    if (!error) return std::nullopt;
    const Place place = error->failure == Failure::kInvalid ? take_place(error->message) : Place{};
    return ParseFailure{std::move(*error), place};
  }

 private:
  std::optional<Error> call(const DocumentArrival& arrival, ByteStream& bytes, Emission& emission) {
    const vestitel_document document = describe(arrival);
    InputBridge bridge{bytes, emission, core_.host};
    const vestitel_input input{sizeof input, &bridge, InputBridge::read};
    const HostSide::Serving<EmitCall> serving(core_.host, emission);
    return emission.outcome(
        call_plugin([&](vestitel_error* e) { return table_.parse(core_.plugin, &document, &input, e); }), VESTITEL_OK);
  }

  InProcessCore& core_;
  const vestitel_parse_v1& table_;
};

class AbiFeed final : public Feed {
 public:
  AbiFeed(InProcessCore& core, const vestitel_poll_v1& table) : core_(core), table_(table) {}

  Result<FeedAnswer> poll(std::string_view cursor, std::uint32_t max_events, FeedReceiver& out) override {
    const auto gate = enter_work(core_);
    if (!gate) return gate.error();
    Emission emission(out, &out, to_micros(core_.host.clock().now()));
    const HostSide::Serving<EmitCall> serving(core_.host, emission);
    const auto rc =
        call_plugin([&](vestitel_error* e) { return table_.poll(core_.plugin, to_str(cursor), max_events, e); });
    if (auto error = emission.outcome(rc, VESTITEL_END)) return *error;
    if (emission.uncommitted()) core_.host.note_breach("a poll ended with events that it had not committed");
    return FeedAnswer{*rc == VESTITEL_MORE};
  }

 private:
  InProcessCore& core_;
  const vestitel_poll_v1& table_;
};

bool take_number(std::string_view& text, std::string_view label, std::uint32_t& into) {
  if (text.substr(0, label.size()) != label) return false;
  const std::string_view digits = text.substr(label.size());
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
  if (bad != std::errc{}) return false;
  text = digits.substr(static_cast<std::size_t>(end - digits.data()));
  return true;
}

}  // namespace

Place take_place(std::string& message) {
  std::string_view rest = message;
  Place place;
  if (!take_number(rest, "line ", place.line)) return {};
  static_cast<void>(take_number(rest, ", column ", place.column));
  if (rest.substr(0, 2) != ": " && rest.substr(0, 2) != ", ") return {};
  message = std::string(rest.substr(2));
  return place;
}

std::unique_ptr<Reader> make_reader(InProcessCore& core, const vestitel_parse_v1& table) {
  return std::make_unique<AbiReader>(core, table);
}

std::unique_ptr<Feed> make_feed(InProcessCore& core, const vestitel_poll_v1& table) {
  return std::make_unique<AbiFeed>(core, table);
}

}  // namespace vestitel
