#include "core/delivery/dead_share.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace vestitel {
namespace {

// What says something of an address: that it took the message, or that it is gone.
bool is_answer(VerdictKind kind) { return is_taken(kind) || kind == VerdictKind::kContactDead; }

}  // namespace

Verdict DeadShare::judged(const Recipient& who, const Verdict& verdict) {
  if (!is_answer(verdict.kind)) return verdict;
  const bool dead = verdict.kind == VerdictKind::kContactDead;
  if (answers_.size() == kAnswers) answers_.pop_front();
  answers_.push_back({who, dead, dead});
  if (!dead || !too_many()) return verdict;
  for (Answer& answer : answers_) {
    if (answer.believed && &answer != &answers_.back()) back_.push_back(answer.who);
    answer.believed = false;
  }
  Verdict doubted = verdict;
  doubted.kind = VerdictKind::kConfigError;
  doubted.reason = "too many addresses are said to be gone for it to be true of them";
  if (!verdict.reason.empty()) doubted.reason += ": " + verdict.reason;
  return doubted;
}

bool DeadShare::too_many() const {
  if (percent_ >= 100) return false;
  std::set<PersonId> people;
  std::size_t dead = 0;
  for (const Answer& answer : answers_) {
    if (!answer.dead) continue;
    ++dead;
    people.insert(answer.who.person);
  }
  return people.size() >= kPeople && dead * 100 > answers_.size() * percent_;
}

std::vector<Recipient> DeadShare::take_back() { return std::exchange(back_, {}); }

}  // namespace vestitel
