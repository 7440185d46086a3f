// The links to one centre and the messages on their way over them: binds, keeps bound, sends, and hears receipts, also
// while nobody sends. One thread runs it; calls hand their messages over and wait.
//
// Order: as handed over. A message of a recipient waits until the one before it is settled, so that nothing comes
// between the parts of a message. A throttled part leaves first when its link goes on.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "plugins/sinks/common/network.hpp"
#include "plugins/sinks/common/tls.hpp"
#include "plugins/sinks/smpp/link.hpp"
#include "plugins/sinks/smpp/parcel.hpp"
#include "plugins/sinks/smpp/status.hpp"

namespace vestitel::smpp {

struct EngineOptions {
  LinkOptions link;         // its role is what `pairs` says
  std::size_t links = 1;    // transceivers, or pairs
  bool pairs = false;       // a transmitter and a receiver each
  std::int64_t gap_us = 0;  // least time between two parts of one link
  std::int64_t reconnect_us = 10'000'000, longest_reconnect_us = 300'000'000;
  bool submit_fail_passes = false;
};

// What an engine needs of the world. The functions are called by the thread that runs it.
struct Outside {
  sinks::Network& network;
  const sinks::TlsContext* tls;  // null: plaintext
  std::function<std::int64_t()> wall_us;
  std::function<double()> random;  // 0 to 1
  // deliver_sm or data_sm; what it is answered with. `idle`: no message is on its way.
  std::function<std::uint32_t(const Pdu&, bool idle)> delivered;
  std::function<void(const std::vector<std::string>& ids)> accepted;  // all parts of a message, before it is settled
  std::function<void(std::string_view event, std::string_view detail)> alert;  // for the log
};

class Engine {
 public:
  // Borrows `options`.
  Engine(const EngineOptions& options, Outside outside);
  ~Engine();

  // ---- [any]
  // Each is settled once, by the running thread. False: it has been stopped and took none.
  [[nodiscard]] bool hand_over(std::vector<Parcel> parcels, const std::shared_ptr<Call>& call);
  // What is left of the call ends now.
  void cancel(const std::shared_ptr<Call>& call);
  void stop();
  bool any_bound() const;

  // ---- one thread
  // Until stop(); then ends what is left and unbinds.
  void run();
  // One link up to its bind; nothing is sent.
  Ending probe(const std::function<bool()>& cancelled);

 private:
  struct Lane;
  struct Sending;
  using Shared = std::shared_ptr<Sending>;

  void take_orders();
  void connect(Lane& lane);
  void pump(Lane& lane);
  void drain(Lane& lane);
  void on_event(Lane& lane, Event& event);
  void on_answer(Lane& lane, const Event& event);
  void on_closed(Lane& lane, const Ending& ending);
  Shared came_back(std::uint32_t number, std::size_t& part);
  void send();
  void assign();
  void send_next(Lane& lane, const Shared& sending);
  Lane* lane_with_room();
  void check_time();
  void give_up();
  void end(Sending& sending, const Verdict& why);
  void settle_if_over(Sending& sending);
  std::int64_t due() const;
  void wait(std::int64_t until);
  void leave();

  const EngineOptions& options_;
  const Outside outside_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<Shared> sendings_;  // not settled, in the order in which they came
  std::unordered_map<std::uint32_t, std::pair<std::weak_ptr<Sending>, std::size_t>> on_their_way_;
  std::uint32_t last_number_ = 0;
  Tries tries_;

  mutable std::mutex mutex_;  // below
  std::vector<Shared> orders_;
  std::vector<std::shared_ptr<Call>> cancelled_;
  bool stopping_ = false, bound_ = false;
};

// The verdict of a message that no link could take: why the last of them ended.
Verdict verdict_of(const Ending& ending, std::int64_t until_reconnect_us);

}  // namespace vestitel::smpp
