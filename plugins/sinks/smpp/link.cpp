#include "plugins/sinks/smpp/link.hpp"

#include <algorithm>

#include "plugins/sinks/smpp/status.hpp"

namespace vestitel::smpp {
namespace {

constexpr std::uint32_t kWrongBindState = 0x04;

std::uint32_t bind_command(Role role) {
  switch (role) {
    case Role::transmitter: return kBindTransmitter;
    case Role::receiver: return kBindReceiver;
    case Role::transceiver: break;
  }
  return kBindTransceiver;
}

}  // namespace

Link::Link(const LinkOptions& options, std::int64_t now)
    : options_(options), until_(now + options.bind_us), allowed_(options.window) {}

std::uint32_t Link::request(std::uint32_t command, std::string body) {
  sequence_ = sequence_ == kLastSequence ? 1 : sequence_ + 1;
  out_ += encode({command, 0, sequence_, std::move(body)});
  return sequence_;
}

void Link::on_connected(std::int64_t now) {
  if (state_ != State::connecting) return;
  state_ = State::binding;
  heard_ = now;
  bind_sequence_ = request(bind_command(options_.role), bind_body(options_.bind));
}

void Link::on_bytes(std::string_view bytes, std::int64_t now) {
  if (state_ == State::closed) return;
  heard_ = now;
  frames_.feed(bytes);
  Pdu pdu;
  bool any = false;
  while (state_ != State::closed) {
    const Frames::State got = frames_.next(pdu);
    if (got == Frames::State::broken) {
      out_ += encode({kGenericNack, kInvalidLength, 0, {}});
      return close({Fault::garbage});
    }
    if (got == Frames::State::need_more) break;
    any = true;
    on_pdu(std::move(pdu), now);
  }
  if (!frames_.mid_pdu()) {
    torn_since_ = -1;
  } else if (any || torn_since_ < 0) {
    torn_since_ = now;
  }
}

void Link::on_pdu(Pdu pdu, std::int64_t now) {
  if ((pdu.command & kResponse) != 0) return on_response(pdu, now);
  on_request(std::move(pdu));
}

void Link::on_request(Pdu pdu) {
  const auto reply = [&](std::uint32_t command, std::uint32_t status, std::string body = {}) {
    out_ += encode({command, status, pdu.sequence, std::move(body)});
  };
  switch (pdu.command) {
    case kEnquireLink: return reply(kEnquireLink | kResponse, kOk);
    case kUnbind: reply(kUnbind | kResponse, kOk); return close({Fault::unbound});
    case kDeliverSm:
    case kDataSm: {
      const bool ours = state_ == State::bound || state_ == State::unbinding;
      if (!ours) return reply(pdu.command | kResponse, kWrongBindState, std::string(1, '\0'));
      Event event{Event::Kind::delivered};
      event.pdu = std::move(pdu);
      events_.push_back(std::move(event));
      return;
    }
    case kAlertNotification: return;  // has no answer
    default: return reply(kGenericNack, kInvalidCommand);
  }
}

void Link::on_response(const Pdu& pdu, std::int64_t now) {
  const bool nack = pdu.command == kGenericNack;
  if (state_ == State::binding && pdu.sequence == bind_sequence_) {
    if (nack || pdu.status != kOk) return close({Fault::refused, pdu.status});
    if (pdu.command != (bind_command(options_.role) | kResponse)) return close({Fault::garbage});
    state_ = State::bound;
    heard_ = now;
    events_.push_back({Event::Kind::bound});
    return;
  }
  if (submits_.count(pdu.sequence) != 0) return on_submit_answer(pdu);
  if (enquiry_ != 0 && pdu.sequence == enquiry_) {
    enquiry_ = 0;
    return;
  }
  if (state_ == State::unbinding && pdu.command == (kUnbind | kResponse)) return close({Fault::none});
  if (nack) close({Fault::confused});
}

void Link::on_submit_answer(const Pdu& pdu) {
  const bool nack = pdu.command == kGenericNack;
  if (!nack && pdu.command != (kSubmitSm | kResponse)) return close({Fault::garbage});
  Event event{Event::Kind::answered};
  const auto sent = submits_.find(pdu.sequence);
  event.number = sent->second.number;
  event.status = nack && pdu.status == kOk ? kInvalidCommand : pdu.status;
  if (event.status == kOk) {
    // Taken, whatever stands in the body: an id that cannot be read is one that no receipt will be found by.
    event.id = read_message_id(pdu.body).value_or(std::string());
    allowed_ = std::min(allowed_ + 1, options_.window);
    pause_us_ = kFirstPause;
  }
  submits_.erase(sent);
  events_.push_back(std::move(event));
}

bool Link::has_room(std::int64_t now) const {
  return state_ == State::bound && options_.role != Role::receiver && now >= paused_until_ &&
         submits_.size() < allowed_;
}

void Link::submit(std::uint32_t number, std::string body, std::int64_t now) {
  submits_[request(kSubmitSm, std::move(body))] = {number, now + options_.answer_us};
}

void Link::answer(const Pdu& delivered, std::uint32_t status) {
  if (state_ == State::closed) return;
  out_ += encode({delivered.command | kResponse, status, delivered.sequence, std::string(1, '\0')});
}

void Link::pause(std::int64_t now) {
  if (now < paused_until_) return;  // the answers of one window are one complaint
  paused_until_ = now + pause_us_;
  pause_us_ = std::min(pause_us_ * 2, kLongestPause);
  allowed_ = 1;
}

void Link::unbind(std::int64_t now) {
  if (state_ != State::bound) return close({Fault::none});
  request(kUnbind, {});
  state_ = State::unbinding;
  until_ = now + options_.unbind_us;
}

std::int64_t Link::deadline() const {
  if (state_ == State::closed) return INT64_MAX;
  std::int64_t due = state_ == State::bound ? INT64_MAX : until_;
  if (torn_since_ >= 0) due = std::min(due, torn_since_ + options_.pdu_us);
  if (state_ == State::bound) due = std::min(due, enquiry_ != 0 ? until_ : heard_ + options_.idle_us);
  for (const auto& [sequence, sent] : submits_) due = std::min(due, sent.until);
  return due;
}

void Link::on_time(std::int64_t now) {
  if (now < deadline()) return;
  const auto late = [&](const auto& sent) { return now >= sent.second.until; };
  const bool torn = torn_since_ >= 0 && now >= torn_since_ + options_.pdu_us;
  const bool over = (state_ != State::bound || enquiry_ != 0) && now >= until_;
  if (torn || over || std::any_of(submits_.begin(), submits_.end(), late)) {
    return close({state_ == State::unbinding ? Fault::none : Fault::timeout});
  }
  enquiry_ = request(kEnquireLink, {});
  until_ = now + options_.answer_us;
}

void Link::on_lost(Fault fault) { close({fault}); }

void Link::close(Ending ending) {
  if (state_ == State::closed) return;
  ending.was_bound = state_ == State::bound || state_ == State::unbinding;
  state_ = State::closed;
  for (const auto& [sequence, sent] : submits_) {
    Event event{Event::Kind::lost};
    event.number = sent.number;
    events_.push_back(std::move(event));
  }
  submits_.clear();
  Event event{Event::Kind::closed};
  event.ending = ending;
  events_.push_back(std::move(event));
}

}  // namespace vestitel::smpp
