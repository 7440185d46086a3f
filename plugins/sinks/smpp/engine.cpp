#include "plugins/sinks/smpp/engine.hpp"

#include <algorithm>

#include "plugins/sinks/smpp/engine_state.hpp"

namespace vestitel::smpp {
namespace {

constexpr std::int64_t kProbeSlice = 100'000;

}  // namespace

Verdict verdict_of(const Ending& ending, std::int64_t until_reconnect_us) {
  const std::chrono::milliseconds after(std::max<std::int64_t>(until_reconnect_us, 0) / 1000);
  const auto retry = [&](const char* why) { return Verdict::retry(why, Scope::link, after); };
  switch (ending.fault) {
    case Fault::bad_certificate: return Verdict::config_error("the centre's certificate does not prove its name");
    case Fault::tls_failed: return retry("TLS handshake failed");
    case Fault::timeout:
      return retry(ending.was_bound ? "the centre stopped answering" : "no answer to the bind in time");
    case Fault::garbage: return retry("what the centre sends is not SMPP");
    case Fault::unbound: return retry("the centre ended the session");
    case Fault::confused: return retry("the centre does not follow the session");
    case Fault::refused: {
      const std::string why = "the bind was refused: " + status_name(ending.status);
      return refuses_login(ending.status) ? Verdict::config_error(why) : Verdict::retry(why, Scope::link, after);
    }
    case Fault::lost:
    case Fault::none: break;
  }
  return retry("no connection to the centre");
}

Engine::Engine(const EngineOptions& options, Outside outside) : options_(options), outside_(std::move(outside)) {
  const auto add = [&](Role role) {
    auto lane = std::make_unique<Lane>();
    lane->options = options_.link;
    lane->options.role = role;
    lanes_.push_back(std::move(lane));
  };
  for (std::size_t i = 0; i < options_.links; ++i) {
    add(options_.pairs ? Role::transmitter : Role::transceiver);
    if (options_.pairs) add(Role::receiver);
  }
}

Engine::~Engine() = default;

bool Engine::hand_over(std::vector<Parcel> parcels, const std::shared_ptr<Call>& call) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    call->expect(parcels.size());
    for (Parcel& parcel : parcels) orders_.push_back(std::make_shared<Sending>(std::move(parcel), call));
  }
  outside_.network.wake();
  return true;
}

void Engine::cancel(const std::shared_ptr<Call>& call) {
  {
    const std::lock_guard lock(mutex_);
    cancelled_.push_back(call);
  }
  outside_.network.wake();
}

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  outside_.network.wake();
}

bool Engine::any_bound() const {
  const std::lock_guard lock(mutex_);
  return bound_;
}

void Engine::run() {
  for (;;) {
    take_orders();
    const std::int64_t now = outside_.network.now_us();
    for (auto& lane : lanes_) {
      if (lane->link == nullptr && !lane->refused && now >= lane->due) connect(*lane);
      pump(*lane);
    }
    check_time();
    send();
    give_up();
    std::erase_if(sendings_, [](const Shared& sending) { return sending->settled; });
    {
      const std::lock_guard lock(mutex_);
      bound_ = std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->bound(); });
      if (stopping_) break;
    }
    wait(due());
  }
  leave();
}

void Engine::connect(Lane& lane) {
  auto stream = outside_.network.connect();
  if (stream == nullptr) return on_closed(lane, {Fault::lost});
  lane.wire = std::make_unique<Wire>(std::move(stream), outside_.tls);
  lane.link = std::make_unique<Link>(lane.options, outside_.network.now_us());
  lane.open = lane.leaving = false;
  lane.ready = true;
}

void Engine::pump(Lane& lane) {
  if (lane.link == nullptr) return;
  const std::int64_t now = outside_.network.now_us();
  Fault fault = Fault::none;
  if (!lane.open && lane.wire->open(fault)) {
    lane.open = lane.ready = true;
    lane.link->on_connected(now);
  }
  if (lane.open && std::exchange(lane.ready, false)) {
    const std::string bytes = lane.wire->read(fault);
    if (!bytes.empty()) lane.link->on_bytes(bytes, now);
  }
  lane.wire->flush();
  if (fault != Fault::none) lane.link->on_lost(fault);
  lane.link->on_time(now);
  drain(lane);
}

// What the link says, and what it sends because of that; then it may be over.
void Engine::drain(Lane& lane) {
  for (auto events = lane.link->take_events(); !events.empty(); events = lane.link->take_events())
    for (Event& event : events) on_event(lane, event);
  if (lane.leaving && lane.link->bound() && lane.link->unanswered() == 0) lane.link->unbind(outside_.network.now_us());
  Fault fault = Fault::none;
  if (const std::string out = lane.link->take_output(); !out.empty() && lane.open) lane.wire->write(out, fault);
  if (fault != Fault::none) {
    lane.link->on_lost(fault);
    for (Event& event : lane.link->take_events()) on_event(lane, event);
  }
  if (!lane.link->closed()) return;
  lane.link.reset();
  lane.wire.reset();
}

void Engine::on_event(Lane& lane, Event& event) {
  switch (event.kind) {
    case Event::Kind::bound: lane.attempts = 0; return;
    case Event::Kind::answered: return on_answer(lane, event);
    case Event::Kind::delivered: {
      const bool idle = std::all_of(sendings_.begin(), sendings_.end(), [](const Shared& s) { return s->settled; });
      return lane.link->answer(event.pdu, outside_.delivered(event.pdu, idle));
    }
    case Event::Kind::closed: return on_closed(lane, event.ending);
    case Event::Kind::lost: break;
  }
  std::size_t part = 0;
  if (const Shared sending = came_back(event.number, part)) {
    sending->lost = true;
    settle_if_over(*sending);
  }
}

void Engine::on_closed(Lane& lane, const Ending& ending) {
  const std::int64_t now = outside_.network.now_us();
  lane.why = ending;
  lane.refused = ending.fault == Fault::refused && refuses_login(ending.status);
  lane.refused_at = now;
  if (lane.refused) outside_.alert("smpp_login_refused", status_name(ending.status));
  const std::int64_t base =
      std::min(options_.reconnect_us << std::min(lane.attempts++, 10), options_.longest_reconnect_us);
  lane.due = now + base / 2 + static_cast<std::int64_t>(outside_.random() * static_cast<double>(base) / 2);
}

std::int64_t Engine::due() const {
  std::int64_t until = INT64_MAX;
  bool waiting = false;
  for (const Shared& sending : sendings_) {
    if (!sending->has_next()) continue;
    waiting = true;
    until = std::min(until, sending->parcel.start_by);
  }
  const std::int64_t now = outside_.network.now_us();
  for (const auto& lane : lanes_) {
    if (lane->link == nullptr) {
      if (!lane->refused) until = std::min(until, lane->due);
      continue;
    }
    until = std::min(until, lane->link->deadline());
    for (const std::int64_t held : {lane->link->paused_until(), lane->next_part})
      if (waiting && held > now) until = std::min(until, held);
  }
  return until;
}

void Engine::wait(std::int64_t until) {
  std::vector<sinks::Interest> interests;
  std::vector<Lane*> whose;
  for (auto& lane : lanes_) {
    if (lane->wire == nullptr) continue;
    interests.push_back({lane->wire->stream(), lane->wire->wants_write(), false});
    whose.push_back(lane.get());
  }
  outside_.network.wait(interests, until);
  for (std::size_t i = 0; i < whose.size(); ++i) whose[i]->ready = whose[i]->ready || interests[i].ready;
}

void Engine::leave() {
  take_orders();
  for (const Shared& sending : sendings_) {
    sending->lost = sending->lost || sending->unanswered > 0;
    sending->unanswered = 0;
    end(*sending, Verdict::retry("stopped before it was sent"));
  }
  sendings_.clear();
  const std::int64_t until = outside_.network.now_us() + options_.link.unbind_us;
  for (auto& lane : lanes_) {
    if (lane->link == nullptr) continue;
    lane->link->unbind(outside_.network.now_us());
    drain(*lane);
  }
  const auto any = [&] {
    return std::any_of(lanes_.begin(), lanes_.end(), [](auto& l) { return l->link != nullptr; });
  };
  while (any() && outside_.network.now_us() < until) {
    wait(until);
    for (auto& lane : lanes_) pump(*lane);
  }
}

Ending Engine::probe(const std::function<bool()>& cancelled) {
  Lane& lane = *lanes_.front();
  connect(lane);
  while (lane.link != nullptr && !lane.link->bound() && !cancelled()) {
    wait(std::min(lane.link->deadline(), outside_.network.now_us() + kProbeSlice));
    pump(lane);
  }
  if (lane.link == nullptr) return lane.why;
  const bool bound = lane.link->bound();
  leave();
  return bound ? Ending{} : Ending{Fault::timeout};
}

}  // namespace vestitel::smpp
