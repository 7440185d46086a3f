// Messages in doubt, the store's part: what an unknown becomes by the sink's policy, and which of them the sink is to
// be asked about. On the writer's thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/doubt.hpp"
#include "core/store/sqlite/database.hpp"
#include "core/store/sqlite/routing.hpp"

namespace vestitel::sqlite {

class DoubtBook {
 public:
  explicit DoubtBook(Database& store);

  // What becomes of the sink's unknowns from now on. Those that it was to be asked about, and is not any more, become
  // what the new policy says: they are due now, or held. Returns the urgent ones that are held.
  std::vector<std::int64_t> set_policy(std::int64_t sink, UnknownPolicy policy, bool idempotent, Instant now);
  // What an unknown becomes, before it is counted. `bury`: its attempts or its age are used up.
  OutboxState after_unknown(std::int64_t sink, bool idempotent, int unknowns, bool bury);

  // One in doubt.
  struct InDoubt {
    std::int64_t sink = 0;
    PersonId person = 0;
    Channel channel = Channel::kEmail;
    int attempts = 0, excused = 0, unknowns = 0;
    std::int64_t since = 0;  // when its last attempt left
    bool urgent = false;
  };
  std::optional<InDoubt> find(std::int64_t outbox);
  // Nobody knows yet: it is asked about again, or held.
  void ask_again(std::int64_t outbox, Instant at, bool held);
  // Puts the answer beside the attempt that it speaks of.
  void note(std::int64_t outbox, const Verdict& verdict, Instant now);

 private:
  Statement set_policy_, policy_, release_, find_, again_, note_;
};

}  // namespace vestitel::sqlite
