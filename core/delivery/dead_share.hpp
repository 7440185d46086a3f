// Whether a sink is believed that addresses are dead. The wrong environment, the wrong project and the wrong key all
// look as if everybody had gone: then no address may be lost.
//
// Of the last 100 answers of a sink: where more than its share, and at least 10 people, are said to be gone, that is a
// fault of the configuration, and what was believed of those answers is taken back. Not thread safe: its owner holds a
// lock.
#pragma once
#include <cstddef>
#include <deque>
#include <vector>

#include "core/model/event.hpp"
#include "core/model/message.hpp"
#include "core/ports/delivery_store.hpp"

namespace vestitel {

class DeadShare {
 public:
  static constexpr std::size_t kAnswers = 100, kPeople = 10;

  // `percent` of the answers; 100: the sink is always believed.
  explicit DeadShare(unsigned percent) : percent_(percent) {}

  // The verdict as it is believed.
  Verdict judged(const Recipient& who, const Verdict& verdict);

  // Addresses that were believed dead and are not any more; each is named once.
  std::vector<Recipient> take_back();

 private:
  struct Answer {
    Recipient who;
    bool dead = false;
    bool believed = false;
  };
  [[nodiscard]] bool too_many() const;

  const unsigned percent_;
  std::deque<Answer> answers_;
  std::vector<Recipient> back_;
};

}  // namespace vestitel
