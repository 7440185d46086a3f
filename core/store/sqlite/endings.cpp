#include "core/store/sqlite/endings.hpp"

#include <algorithm>

namespace vestitel::sqlite {

void Endings::died(const EndedDelivery& delivery, const Verdict& verdict, Instant now) {
  if (verdict.kind == VerdictKind::kContactDead) {
    // An address entered while the message was on its way is not the one that is dead.
    const std::int64_t since = std::min(to_micros(verdict.since.value_or(now)), delivery.left);
    kill_contact_.run(since, std::string_view(verdict.reason), delivery.person, static_cast<int>(delivery.channel),
                      since);
  }
  // Who stands in tells of the activity: other reports of it stay told.
  const bool stood_in_for = delivery.stood_in_for || in_doubt(delivery.id);
  told_.died(delivery.id, stood_in_for);
}

}  // namespace vestitel::sqlite
