// The messages of an engine: whose turn it is, and what became of each.
#include <algorithm>
#include <unordered_set>

#include "plugins/sinks/smpp/engine_state.hpp"
#include "plugins/sinks/smpp/receipt.hpp"

namespace vestitel::smpp {
namespace {

constexpr std::int64_t kRefusedFor = 60'000'000;  // then a call may ask once more: a person has resumed the sink

bool sends(Role role) { return role != Role::receiver; }

}  // namespace

void Engine::take_orders() {
  std::vector<std::shared_ptr<Call>> cancelled;
  bool any = false;
  {
    const std::lock_guard lock(mutex_);
    any = !orders_.empty();
    sendings_.insert(sendings_.end(), orders_.begin(), orders_.end());
    orders_.clear();
    cancelled.swap(cancelled_);
  }
  const std::int64_t now = outside_.network.now_us();
  for (auto& lane : lanes_) {
    if (!any || !lane->refused || now - lane->refused_at < kRefusedFor) continue;
    lane->refused = false;
    lane->due = now;
  }
  for (const Shared& sending : sendings_) {
    if (std::find(cancelled.begin(), cancelled.end(), sending->call) == cancelled.end()) continue;
    sending->lost = sending->unanswered > 0;
    sending->unanswered = 0;
    end(*sending, Verdict::retry("stopped before it was sent"));
  }
}

// The message of a part that is no longer on its way; null: it has been settled.
Engine::Shared Engine::came_back(std::uint32_t number, std::size_t& part) {
  const auto found = on_their_way_.find(number);
  if (found == on_their_way_.end()) return nullptr;
  Shared sending = found->second.first.lock();
  part = found->second.second;
  on_their_way_.erase(found);
  if (sending == nullptr || sending->settled) return nullptr;
  --sending->unanswered;
  return sending;
}

void Engine::on_answer(Lane& lane, const Event& event) {
  const Judgement judgement = judge(event.status, options_.submit_fail_passes, outside_.wall_us());
  if (event.status != kOk && judgement.link == LinkDoes::pauses) lane.link->pause(outside_.network.now_us());
  if (event.status != kOk && judgement.link == LinkDoes::rebinds) lane.leaving = true;
  std::size_t part = 0;
  const Shared sending = came_back(event.number, part);
  if (sending == nullptr) return;
  if (event.status == kOk) {
    sending->ids[part] = event.id;
    ++sending->taken;
  } else if (judgement.link == LinkDoes::pauses) {
    sending->again.insert(part);
  } else {
    if (judgement.our_fault) outside_.alert("smpp_submit_refused", status_name(event.status));
    const bool enough = judgement.again && !tries_.once_more(sending->parcel.idem_key);
    if (!sending->ended)
      sending->ended = enough ? Verdict::permanent(judgement.verdict.reason() + " too often") : judgement.verdict;
  }
  settle_if_over(*sending);
}

// What has its turn leaves in one write a link: a part a write would have the centre answer, and this thread wake, for
// each.
void Engine::send() {
  assign();
  for (auto& lane : lanes_)
    if (lane->link != nullptr) drain(*lane);
}

void Engine::assign() {
  std::unordered_set<std::string_view> met;
  for (const Shared& sending : sendings_) {
    if (sending->settled || !met.insert(sending->parcel.recipient).second) continue;
    while (sending->has_next()) {
      Lane* lane = lane_with_room();
      if (lane == nullptr) return;
      send_next(*lane, sending);
    }
  }
}

Engine::Lane* Engine::lane_with_room() {
  const std::int64_t now = outside_.network.now_us();
  Lane* best = nullptr;
  for (auto& lane : lanes_) {
    if (!lane->bound() || !lane->link->has_room(now) || now < lane->next_part) continue;
    if (best == nullptr || lane->link->unanswered() < best->link->unanswered()) best = lane.get();
  }
  return best;
}

void Engine::send_next(Lane& lane, const Shared& sending) {
  const std::size_t part = sending->again.empty() ? sending->next : *sending->again.begin();
  if (sending->again.empty()) {
    ++sending->next;
  } else {
    sending->again.erase(part);
  }
  if (!std::exchange(sending->begun, true)) sending->call->begin(sending->parcel.index);
  ++sending->unanswered;
  on_their_way_[++last_number_] = {sending, part};
  const std::int64_t now = outside_.network.now_us();
  lane.link->submit(last_number_, sending->parcel.parts[part], now);
  lane.next_part = std::max(lane.next_part, now - options_.gap_us) + options_.gap_us;
}

// Nothing more of it leaves; it is settled once what has left is answered.
void Engine::end(Sending& sending, const Verdict& why) {
  if (!sending.ended) sending.ended = why;
  settle_if_over(sending);
}

void Engine::settle_if_over(Sending& s) {
  if (s.settled || s.unanswered > 0 || s.has_next()) return;
  s.settled = true;
  const std::size_t all = s.parcel.parts.size();
  const std::string some = std::to_string(s.taken) + " of " + std::to_string(all) + " parts were taken";
  if (s.lost) return s.call->settle(s.parcel.index, Verdict::unknown("no answer to what was sent"));
  if (s.ended) {
    // The centre has parts of it: to send it again would send those twice.
    if (s.taken > 0 && s.ended->kind() != VESTITEL_PERMANENT && s.ended->kind() != VESTITEL_CONTACT_DEAD)
      return s.call->settle(s.parcel.index, Verdict::unknown(some + ", then: " + s.ended->reason()));
    return s.call->settle(s.parcel.index, *s.ended);
  }
  tries_.ended(s.parcel.idem_key);
  outside_.accepted(s.ids);
  s.call->settle(s.parcel.index, Verdict::accepted(provider_id(s.ids)));
}

void Engine::check_time() {
  const std::int64_t now = outside_.network.now_us();
  for (const Shared& sending : sendings_) {
    if (!sending->has_next() || now < sending->parcel.start_by) continue;
    std::int64_t pause = 0;
    for (const auto& lane : lanes_)
      if (lane->bound()) pause = std::max(pause, lane->link->paused_until() - now);
    end(*sending, Verdict::retry(pause > 0 ? "the centre throttles" : "its turn did not come in time", Scope::link,
                                 std::chrono::milliseconds(pause / 1000)));
  }
}

// No link is there and none is coming: the hub may know better what to do with the wait.
void Engine::give_up() {
  const Lane* soonest = nullptr;
  for (const auto& lane : lanes_) {
    if (!sends(lane->options.role)) continue;
    if (lane->bound() || lane->coming()) return;
    const bool better = soonest == nullptr || (soonest->refused && !lane->refused) ||
                        (soonest->refused == lane->refused && lane->due < soonest->due);
    if (better) soonest = lane.get();
  }
  if (soonest == nullptr || (soonest->link == nullptr && !soonest->refused && soonest->attempts == 0)) return;
  const Verdict why = verdict_of(soonest->why, soonest->due - outside_.network.now_us());
  for (const Shared& sending : sendings_)
    if (sending->has_next()) end(*sending, why);
}

}  // namespace vestitel::smpp
