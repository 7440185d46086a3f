// Who was told of which activity, by which event's delivery; and the decisions that rest on it. On the writer's thread.
#pragma once
#include "core/model/decision.hpp"
#include "core/store/sqlite/database.hpp"

namespace vestitel::sqlite {

class ToldBook {
 public:
  explicit ToldBook(Database& store);

  // A delivery is owed, or an annulment of what has not left. Whoever was held to be told by what it follows is now
  // told by it. `replaced`: that did not leave.
  void tell(const Decision& decision, bool replaced);
  // "Told already" was decided: where the delivery that it points at has died meanwhile, it is made anew.
  void repeat(const Decision& decision);
  // A delivery has come to nothing: what was told before it counts again, and who was held to be told by it is decided
  // anew, unless another channel stands in.
  void died(std::int64_t outbox, bool stood_in_for);
  // A decision is made anew.
  void take_back(EventId event, PersonId recipient, Channel channel);

 private:
  Statement insert_, say_again_, restore_, drop_told_, forget_before_, identity_of_, repoint_, reopen_, reopen_one_,
      delivery_, drop_reopened_, drop_not_owed_;
};

}  // namespace vestitel::sqlite
