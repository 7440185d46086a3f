// One SMPP session as a pure state machine: bytes and times in, bytes, events and a deadline out. It has no socket, no
// clock and no thread, so that every answer a centre can give, cut at every place, is tested without waiting.
//
//   connect -> bind -> bound -> [unbind] -> closed
//
// A submit whose answer never came, because the session ended or the answer took too long, is told as `lost`: nobody
// knows what became of it. Times are microseconds of one monotonic clock.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/sinks/smpp/pdu.hpp"

namespace vestitel::smpp {

enum class Role { transceiver, transmitter, receiver };

// Why a session ended.
enum class Fault {
  none,             // we unbound
  lost,             // the connection ended, or could not be made
  timeout,          // no answer to the bind, to a submit or to enquire_link; or half a PDU
  garbage,          // what came is no SMPP
  refused,          // the bind was refused: `status` says why
  unbound,          // the centre unbound
  confused,         // its idea of our state or of a PDU is another one
  tls_failed,       // the handshake failed
  bad_certificate,  // the centre's certificate does not prove its name
};

struct Ending {
  Fault fault = Fault::none;
  std::uint32_t status = 0;  // refused: of bind_resp
  bool was_bound = false;
};

struct LinkOptions {
  Role role = Role::transceiver;
  Bind bind;
  std::size_t window = 10;            // submits without an answer
  std::int64_t bind_us = 30'000'000;  // connection, TLS and bind
  std::int64_t answer_us = 60'000'000;
  std::int64_t idle_us = 30'000'000;  // then enquire_link
  std::int64_t pdu_us = 10'000'000;   // from the first byte of a PDU to its last
  std::int64_t unbind_us = 1'000'000;
};

struct Event {
  enum class Kind {
    bound,
    answered,   // `number`, `status`, `id`
    lost,       // `number`
    delivered,  // `pdu`: deliver_sm or data_sm, to be given an answer()
    closed,     // `ending`; the last one
  };
  Kind kind;
  std::uint32_t number = 0, status = 0;
  std::string id = {};
  Pdu pdu = {};
  Ending ending = {};
};

class Link {
 public:
  static constexpr std::int64_t kFirstPause = 1'000'000, kLongestPause = 64'000'000;

  // Borrows the options.
  Link(const LinkOptions& options, std::int64_t now);

  void on_connected(std::int64_t now);
  void on_bytes(std::string_view bytes, std::int64_t now);
  void on_lost(Fault fault);
  void on_time(std::int64_t now);

  // Whether it takes a submit now: bound, not paused, room in the window.
  bool has_room(std::int64_t now) const;
  void submit(std::uint32_t number, std::string body, std::int64_t now);
  // The answer to a deliver_sm or data_sm.
  void answer(const Pdu& delivered, std::uint32_t status);
  // Throttled: nothing leaves for a while, twice as long each time, and then the window opens one by one.
  void pause(std::int64_t now);
  void unbind(std::int64_t now);

  std::string take_output() { return std::exchange(out_, {}); }
  std::vector<Event> take_events() { return std::exchange(events_, {}); }
  std::int64_t deadline() const;
  std::int64_t paused_until() const { return paused_until_; }
  bool bound() const { return state_ == State::bound; }
  bool closed() const { return state_ == State::closed; }
  std::size_t unanswered() const { return submits_.size(); }

 private:
  enum class State { connecting, binding, bound, unbinding, closed };
  struct Sent {
    std::uint32_t number;
    std::int64_t until;
  };

  std::uint32_t request(std::uint32_t command, std::string body);
  void on_pdu(Pdu pdu, std::int64_t now);
  void on_request(Pdu pdu);
  void on_response(const Pdu& pdu, std::int64_t now);
  void on_submit_answer(const Pdu& pdu);
  void close(Ending ending);

  const LinkOptions& options_;
  State state_ = State::connecting;
  Frames frames_;
  std::string out_;
  std::vector<Event> events_;
  std::map<std::uint32_t, Sent> submits_;                         // by sequence: the oldest first, until it wraps
  std::uint32_t sequence_ = 0, bind_sequence_ = 0, enquiry_ = 0;  // enquiry_: 0 none under way
  std::int64_t until_;                                            // of connecting, binding, unbinding; of the enquiry
  std::int64_t heard_ = 0;                                        // the last byte
  std::int64_t torn_since_ = -1;                                  // half a PDU is there
  std::int64_t paused_until_ = 0, pause_us_ = kFirstPause;
  std::size_t allowed_;
};

}  // namespace vestitel::smpp
