#include "core/store/sqlite/endings.hpp"

#include <algorithm>

namespace vestitel::sqlite {

// An address entered while the message was on its way is not the one that is dead.
void Endings::address_ended(const EndedDelivery& delivery, const Verdict& verdict, Instant now) {
  const std::int64_t since = std::min(to_micros(verdict.since.value_or(now)), delivery.left);
  kill_contact_.run(since, std::string_view(verdict.reason), delivery.person, static_cast<int>(delivery.channel),
                    since);
}

void Endings::died(const EndedDelivery& delivery, const Verdict& verdict, Instant now) {
  if (verdict.kind == VerdictKind::kContactDead) address_ended(delivery, verdict, now);
  // Who stands in tells of the activity: other reports of it stay told.
  const bool stood_in_for =
      delivery.told_perhaps ? has_stand_in_.number(delivery.id).has_value() : in_doubt(delivery.id);
  told_.died(delivery.id, stood_in_for);
}

bool Endings::in_doubt(std::int64_t delivery) {
  if (has_stand_in_.number(delivery)) return true;
  if (!stand_in_for_.number(delivery)) return false;
  stood_in_.run(delivery);
  return true;
}

}  // namespace vestitel::sqlite
