// A few sessions to one peer, worked by the thread that calls run(). Sessions outlive the call and are used again.
//
// Each job ends exactly once, by ended(). A job whose session is lost before its final dot ends with that fault. Only
// where the peer had taken messages on this session and hung up between two of them (idle too long, a limit on messages
// a session) does the job, of which it has seen nothing, go to another session.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/sinks/common/network.hpp"
#include "plugins/sinks/common/tls.hpp"
#include "plugins/sinks/smtp/session.hpp"

namespace vestitel::smtp {

using sinks::Connected;
using sinks::Interest;
using sinks::IoResult;
using sinks::Network;
using sinks::Stream;
using sinks::Tls;
using sinks::TlsContext;

struct PoolOptions {
  std::size_t sessions = 4;
  std::int64_t idle_us = 60'000'000;  // a session that rested longer is not used again
};

// What run() works on.
class Jobs {
 public:
  virtual ~Jobs() = default;
  // How many next() has still to give.
  virtual std::size_t left() const = 0;
  // The next transaction and its number; false when there is none left. May end jobs that are not sendable.
  virtual bool next(Transaction& transaction, std::uint32_t& number) = 0;
  // The bytes that may make the peer act leave after this returns.
  virtual void begin(std::uint32_t number) = 0;
  virtual void ended(std::uint32_t number, const Ending& ending) = 0;
  virtual bool cancelled() = 0;
  // When next() may have one that it keeps back for now; INT64_MAX: it keeps none.
  virtual std::int64_t kept_until() const { return INT64_MAX; }
};

class Pool {
 public:
  // Borrows everything; `tls` may be null where the options never use it.
  Pool(const SessionOptions& session_options, const PoolOptions& options, const TlsContext* tls, Network& network);
  ~Pool();

  // Works until every job has ended. After `start_by` no job gets as far as its final dot. A cancel is seen within
  // 100 ms and ends all: who cancels has waited as long as it wanted to.
  void run(Jobs& jobs, std::int64_t start_by);

  // One session up to EHLO, TLS and AUTH; no mail. The ending says how far it came: idle, or why not.
  Ending probe(const std::function<bool()>& cancelled);

  // Says QUIT on every resting session and closes all, within the QUIT wait.
  void close();

  std::size_t resting() const;

 private:
  struct Link;
  struct Work;
  bool pull(Work& work);
  void assign(Work& work);
  void open(Work& work);
  void open_one(Work* work);
  void pump_all(Work* work);
  void read(Link& link, Work* work);
  void take_in(Link& link, std::string_view bytes, Work* work);
  void write(Link& link, Work* work);
  void drain_events(Link& link, Work* work);
  void handle(Link& link, const Event& event, Work* work);
  void start_tls(Link& link);
  void on_result(Link& link, const Ending& ending, Work& work);
  void on_closed(Link& link, const Ending& ending, Work* work);
  void give_up(Work& work);
  void check_time(Work& work);
  void wait(std::int64_t until);
  void drop_closed();
  void drop_stale();
  bool any_busy() const;

  const SessionOptions& session_options_;
  const PoolOptions options_;
  const TlsContext* tls_;
  Network& network_;
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace vestitel::smtp
