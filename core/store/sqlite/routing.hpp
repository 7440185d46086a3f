// T2: RoutingStore over SQLite. Reads what is sealed in the order (seal, event); writes decisions together with the
// router's position, which only moves from where it was read: routing is repeatable.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/clock.hpp"
#include "core/ports/routing_store.hpp"
#include "core/store/sqlite/endings.hpp"
#include "core/store/sqlite/person_keys.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

enum class OutboxState : std::uint8_t {  // stored: values never change
  kWaiting = 0,                          // for an earlier revision that is leaving
  kReady = 1,
  kLeased = 2,
  kAccepted = 3,
  kDelivered = 4,
  kDead = 5,
  kHeld = 6,        // unknown twice: a person decides
  kSuperseded = 7,  // not owed any more: a later revision took its place
  kDiscarded = 8,   // a dead letter that a person closed
  kInDoubt = 9,     // unknown: the sink is asked what became of it
};
std::string_view to_text(OutboxState state);
// What they are called, by their number.
std::span<const std::string_view> outbox_states();

inline constexpr std::int64_t kPartitions = 64;

class SqliteRouting final : public RoutingStore {
 public:
  SqliteRouting(Writer& writer, Pool& readers, PersonKeys& people, const MasterKeys& keys, const Clock& clock,
                Random& random);

  Result<RouterPosition> router_position() override;
  Result<Page> routable(const RouterPosition& from, std::size_t limit, bool with_content) override;
  std::string_view instance_name(std::int64_t instance) override;
  Result<> read_reports(RoutableEvent& event) override;
  Result<std::vector<ReopenedEvent>> reopened(std::size_t limit, bool with_content) override;
  Result<> commit_reopened(const std::vector<ReopenedEvent>& reopened, std::vector<Decision> decisions) override;
  std::future<Result<>> commit_routed(RoutedBatch batch) override;

  std::int64_t sink_id(std::string_view name, bool idempotent);  // writer's thread
  // Whether a delivery may wait for an earlier one. Writer's thread.
  [[nodiscard]] bool anybody_waits() const { return waits_; }
  Endings& endings() { return endings_; }  // writer's thread

 private:
  struct Sealed {  // a body, ready to be inserted
    std::string bytes;
    std::string idem;
  };
  Result<std::vector<Sealed>> seal_bodies(const std::vector<Decision>& decisions);
  Result<Done> fill_events(const std::vector<RoutableEvent*>& events, std::vector<std::string>& sealed);
  static void read_decided(Reader& reader, std::vector<RoutableEvent*> events);

  // writer's thread
  Result<Done> apply(const RoutedBatch& batch, const std::vector<Sealed>& bodies);
  void decide(const Decision& decision, const Sealed& body);
  void owe(const Decision& decision, const Sealed& body);
  // The delivery of an earlier revision to the same person over the same sink, if it has not settled.
  struct Earlier {
    std::int64_t id = 0;
    OutboxState state = OutboxState::kReady;
    int unknowns = 0;
    std::optional<std::int64_t> waits_for;
  };
  std::optional<Earlier> earlier(const Decision& decision, std::int64_t sink);
  std::int64_t route_id(std::string_view name);

  Writer& writer_;
  Pool& readers_;
  PersonKeys& people_;
  const MasterKeys keys_;
  const Clock& clock_;
  Random& random_;

  std::unordered_map<std::int64_t, std::string> instance_names_;  // the router's thread alone

  // used on the writer's thread alone
  Statement position_, move_position_, find_sink_, insert_sink_, find_route_, insert_route_;
  Endings endings_;
  Statement earlier_, supersede_, drop_body_, insert_outbox_, insert_body_, insert_not_owed_;
  std::unordered_map<std::string, std::int64_t> sinks_, routes_;
  std::int64_t last_outbox_;
  bool waits_;  // once true, true until the next start: it only saves look-ups
};

// The sealed part of a message, and where it belongs.
std::string encode_message(const Decision& decision);
bool decode_message(std::string_view bytes, Message& message);
std::string message_place(std::int64_t event, PersonId recipient, Channel channel);
inline std::string contact_place(PersonId person, Channel channel) {
  return "contact.address/1/" + std::to_string(person) + "/" + std::to_string(static_cast<int>(channel));
}

}  // namespace vestitel::sqlite
