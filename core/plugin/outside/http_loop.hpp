// A thread that carries HTTP requests: those to one peer (scheme, host, port) at that peer's pace, peers in turn.
#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/plugin/outside/http_client.hpp"
#include "core/plugin/outside/http_events.hpp"
#include "core/plugin/outside/http_transfer.hpp"
#include "core/plugin/outside/link_pace.hpp"
#include "core/plugin/services/tables.hpp"

namespace vestitel {

using OwedCount = std::atomic<std::size_t>;

class HttpLoop {
 public:
  // `owed`: counts the requests that it owes an answer; `beside`: those of another loop of the same instance. While
  // both are at work each has half of the room. Borrows them.
  HttpLoop(Reach reach, HttpOptions options, OwedCount& owed, const OwedCount& beside);
  ~HttpLoop() { close(); }
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  // As of HttpClient. What comes after close() is answered at once.
  void submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver);
  void cancel();
  void resume() { cancelled_ = false; }
  void close();

 private:
  using Steady = std::chrono::steady_clock;
  struct Batch {
    Batch(std::vector<wire::HttpRequest> all, std::shared_ptr<HttpReceiver> to)
        : requests(std::move(all)), receiver(std::move(to)), left(requests.size()) {}
    std::vector<wire::HttpRequest> requests;
    std::shared_ptr<HttpReceiver> receiver;
    std::size_t left;
    bool deaf = false, heard = false;  // heard: an answer came since the last pause
  };
  // What of a batch goes to one peer.
  struct Part {
    std::shared_ptr<Batch> batch;
    std::deque<std::pair<std::uint32_t, bool>> waiting;  // number of the request; only to a public address
    Steady::time_point since;
  };
  struct Link {
    std::deque<Part> parts;
    std::size_t running = 0;
    bool failed = false;  // in this look
    LinkPace pace{kHttpInFlight};
  };
  struct Running {
    std::unique_ptr<HttpTransfer> transfer;
    std::shared_ptr<Batch> batch;
    Link* link = nullptr;
  };

  void loop();
  void take_arrived();
  void queue(const std::shared_ptr<Batch>& batch, std::uint32_t index);
  Link& link_to(const std::string& peer);
  [[nodiscard]] std::size_t room() const;
  [[nodiscard]] std::size_t room_of(const Link& link) const;
  void start_waiting();
  void start_one(Link& link);
  std::unique_ptr<HttpTransfer> take_transfer();
  bool finish_ended();
  void finish_overdue();
  void finish_with(CURL* handle, CURLcode code);
  void note_reset(const wire::HttpAnswer& result);
  static void judge(const wire::HttpAnswer& result, const HttpTransfer& transfer, Link& link);
  void give_up_links();
  void refuse_waiting(Link& link, std::int32_t rc, const char* why);
  template <class Outcome>
  void finish(CURL* handle, Outcome&& outcome);
  void answer(const std::shared_ptr<Batch>& batch, std::uint32_t index, wire::HttpAnswer result);
  void pause();
  void end_all(const char* why);

  RequestCheck check_;  // the thread's
  const HttpOptions options_;
  OwedCount& owed_;
  const OwedCount& beside_;
  std::atomic<bool> stopping_{false}, cancelled_{false};
  std::mutex mutex_;
  std::deque<std::shared_ptr<Batch>> arrived_;  // under mutex_, as closed_
  bool closed_ = false;
  HttpEvents events_;  // the thread's own, as what follows
  std::vector<std::shared_ptr<Batch>> heard_;
  std::map<std::string, Link> links_;
  Steady::time_point looked_;  // for what is overdue
  std::size_t resets_ = 0;     // that the peers may have counted since connections were renewed
  std::string last_;           // the peer whose turn it was
  std::unordered_map<CURL*, Running> running_;
  std::vector<std::unique_ptr<HttpTransfer>> spare_;
  std::thread thread_;
};

}  // namespace vestitel
