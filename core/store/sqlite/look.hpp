// LookStore over SQLite: reads on connections of their own, one snapshot an answer.
#pragma once
#include <functional>
#include "core/ports/look_store.hpp"
#include "core/store/sqlite/intake.hpp"
#include "core/store/sqlite/person_keys.hpp"
#include "core/store/sqlite/routing.hpp"

namespace vestitel::sqlite {

class Look final : public LookStore {
 public:
  Look(Writer* writer, Pool& readers, PersonKeys& people, const MasterKeys& keys, const Clock& clock);

  Result<StoreStatus> status() override;
  Result<Books> books() override;
  Result<std::vector<DocumentRow>> documents(const Page& page) override;
  Result<std::optional<DocumentRow>> document(std::int64_t id) override;
  Result<std::vector<QuarantineRow>> quarantine(std::int64_t document, const Page& page) override;
  Result<std::optional<QuarantineRow>> quarantined(std::int64_t id) override;
  Result<bool> discard_quarantined(std::int64_t id) override;
  Result<std::vector<Event>> events(const Page& page) override;
  Result<std::vector<Event>> last_events(std::size_t count) override;
  Result<std::vector<Event>> events_sealed_after(const SealPosition& position, std::size_t limit) override;
  Result<SealPosition> last_sealed() override;
  Result<std::optional<Explanation>> explain(EventId id) override;
  Result<std::vector<EventId>> events_of(PersonId person) override;
  Result<std::vector<Subscription>> subscriptions_of(PersonId person) override;
  Result<std::vector<DeliveryRow>> deliveries(std::string_view state, const Page& page) override;
  Result<std::optional<DeliveryRow>> delivery(std::int64_t id) override;
  Result<std::vector<std::string>> held_sinks() override;
  Result<std::vector<FeedRow>> feeds() override;
  Result<std::vector<SpentRow>> spent(Date day) override;
  Result<std::vector<DeadLetter>> dead_letters(std::optional<Channel> channel) override;
  Result<bool> replay(std::int64_t delivery) override;
  Result<std::int64_t> replay(std::span<const std::int64_t> deliveries) override;
  Result<bool> discard(std::int64_t delivery) override;

 private:
  struct Sealed {
    Event event;
    std::string body, digest;
  };
  Result<std::vector<Event>> open_events(std::vector<Sealed> sealed);
  Result<std::vector<Event>> select_events(const char* order, std::int64_t after, std::int64_t last, std::size_t limit);
  Result<std::vector<std::int64_t>> sealed_documents(const char* sql, std::int64_t seal, std::size_t limit);
  Result<std::vector<DeliveryRow>> select_deliveries(const std::string& where, std::int64_t a, std::int64_t b,
                                                     std::int64_t limit);
  Result<bool> changed(const std::function<bool(Database&)>& work);
  Result<bool> change(const char* sql, std::int64_t id, std::int64_t value);

  Writer* const writer_;  // nullptr: reading alone
  Pool& readers_;
  PersonKeys& people_;
  const MasterKeys keys_;
  const Clock& clock_;
};

}  // namespace vestitel::sqlite
