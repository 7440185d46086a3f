#include "plugins/sinks/smtp/pool.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace vestitel::smtp {
namespace {

constexpr std::int64_t kCancelSlice = 100'000;  // how often a wait looks whether it was cancelled
constexpr std::size_t kReadRounds = 16;         // of 16 KiB, before other sessions get their turn

}  // namespace

struct Pool::Link {
  Link(std::unique_ptr<Stream> s, const SessionOptions& options, std::int64_t now)
      : stream(std::move(s)), session(options, now), rested_since(now) {}

  std::unique_ptr<Stream> stream;
  Session session;
  std::unique_ptr<Tls> tls;
  std::string raw;  // on its way to the socket
  std::size_t raw_at = 0;
  std::uint32_t job = 0;
  std::uint64_t completed = 0;  // transactions that the peer answered on this connection
  std::int64_t rested_since;
  bool connected = false, was_ready = false;
  bool may_go_on = true;  // wait() saw bytes, room or an end
};

struct Pool::Work {
  Jobs& jobs;
  std::int64_t start_by;
  std::deque<std::pair<std::uint32_t, Transaction>> waiting;
  bool no_more_links = false, stopping = false, cancelled = false;
  Ending why{Step::connect, Fault::lost, {}};  // what ends the jobs that no session can take
};

Pool::Pool(const SessionOptions& session_options, const PoolOptions& options, const TlsContext* tls, Network& network)
    : session_options_(session_options), options_(options), tls_(tls), network_(network) {}

Pool::~Pool() = default;

std::size_t Pool::resting() const {
  return static_cast<std::size_t>(
      std::count_if(links_.begin(), links_.end(), [](const auto& link) { return link->session.idle(); }));
}

bool Pool::any_busy() const {
  return std::any_of(links_.begin(), links_.end(), [](const auto& link) { return link->session.busy(); });
}

void Pool::run(Jobs& jobs, std::int64_t start_by) {
  Work work{jobs, start_by, {}};
  drop_stale();
  for (;;) {
    pump_all(&work);
    check_time(work);
    assign(work);
    open(work);
    drop_closed();
    const bool waiting = pull(work);
    if (waiting && (work.no_more_links || work.stopping) && links_.empty()) give_up(work);
    if (!any_busy() && !pull(work) && (work.stopping || jobs.kept_until() == INT64_MAX)) break;
    wait(work.stopping ? INT64_MAX : std::min(start_by, jobs.kept_until()));
  }
  // A session that is still being set up is not worth a wait; one that follows a refused transaction is.
  for (auto& link : links_) {
    link->rested_since = network_.now_us();
    if (!link->was_ready) link->session.quit(network_.now_us());
  }
  drop_closed();
}

bool Pool::pull(Work& work) {
  if (!work.waiting.empty()) return true;
  std::uint32_t number = 0;
  Transaction transaction;
  if (!work.jobs.next(transaction, number)) return false;
  work.waiting.emplace_back(number, std::move(transaction));
  return true;
}

void Pool::assign(Work& work) {
  for (auto& link : links_) {
    while (!work.stopping && link->session.idle() && pull(work)) {
      auto [number, transaction] = std::move(work.waiting.front());
      work.waiting.pop_front();
      link->job = number;
      link->session.send(std::move(transaction), network_.now_us());
      drain_events(*link, &work);
      write(*link, &work);
    }
  }
}

// As many sessions as there are jobs for, up to the limit.
void Pool::open(Work& work) {
  const auto on_their_way = [&] {
    return std::count_if(links_.begin(), links_.end(), [](const auto& link) { return !link->was_ready; });
  };
  while (!work.no_more_links && !work.stopping && links_.size() < options_.sessions && pull(work) &&
         static_cast<std::size_t>(on_their_way()) < work.waiting.size() + work.jobs.left()) {
    open_one(&work);
  }
}

void Pool::open_one(Work* work) {
  auto stream = network_.connect();
  if (stream == nullptr) {
    if (work != nullptr) work->no_more_links = true;
    return;
  }
  links_.push_back(std::make_unique<Link>(std::move(stream), session_options_, network_.now_us()));
}

void Pool::pump_all(Work* work) {
  for (auto& link : links_) {
    if (!link->connected) {
      const Connected state = link->stream->connected();
      if (state == Connected::failed) link->session.on_lost(Fault::lost, network_.now_us());
      if (state == Connected::done) {
        link->connected = link->may_go_on = true;
        link->session.on_connected(network_.now_us());
      }
      drain_events(*link, work);
    }
    if (link->connected && std::exchange(link->may_go_on, false)) {
      read(*link, work);
      write(*link, work);
    }
    link->session.on_time(network_.now_us());
    drain_events(*link, work);
  }
}

void Pool::read(Link& link, Work* work) {
  std::array<char, std::size_t{16} * 1024> buffer;
  for (std::size_t round = 0; round < kReadRounds && !link.session.closed(); ++round) {
    const IoResult got = link.stream->read(buffer.data(), buffer.size());
    if (got.kind == IoResult::Kind::again) return;
    if (got.kind == IoResult::Kind::ended) {
      link.session.on_lost(Fault::lost, network_.now_us());
      return drain_events(link, work);
    }
    take_in(link, std::string_view(buffer.data(), got.size), work);
    if (got.size < buffer.size()) return;
  }
}

void Pool::take_in(Link& link, std::string_view bytes, Work* work) {
  const std::int64_t now = network_.now_us();
  if (link.tls == nullptr) {
    link.session.on_bytes(bytes, now);
    return drain_events(link, work);
  }
  link.tls->feed(bytes);
  std::string plain;
  Tls::State state = link.tls->step(plain);
  if (state == Tls::State::ready && !link.session.secure()) {
    link.session.on_tls_ready(now);
    drain_events(link, work);
    state = link.tls->step(plain);  // the peer may have sent more behind its last flight
  }
  link.raw += link.tls->take_cipher();
  if (!plain.empty()) link.session.on_bytes(plain, now);
  if (state == Tls::State::failed)
    link.session.on_lost(link.tls->bad_certificate() ? Fault::bad_certificate : Fault::tls_failed, now);
  if (state == Tls::State::ended) link.session.on_lost(Fault::lost, now);
  drain_events(link, work);
}

void Pool::write(Link& link, Work* work) {
  for (;;) {
    if (link.raw_at == link.raw.size()) {
      link.raw.clear();
      link.raw_at = 0;
      const std::string_view chunk = link.session.take_output(network_.now_us());
      if (chunk.empty()) return;
      drain_events(link, work);  // tells begin before the final dot leaves
      if (link.tls == nullptr) {
        link.raw.assign(chunk);
      } else {
        if (!link.tls->seal(chunk)) {
          link.session.on_lost(Fault::tls_failed, network_.now_us());
          return drain_events(link, work);
        }
        link.raw = link.tls->take_cipher();
      }
    }
    const IoResult put = link.stream->write(std::string_view(link.raw).substr(link.raw_at));
    if (put.kind != IoResult::Kind::done) return;  // an ended stream is noticed by read(), behind the last answer
    link.raw_at += put.size;
  }
}

void Pool::start_tls(Link& link) {
  if (tls_ == nullptr) return link.session.on_lost(Fault::tls_failed, network_.now_us());
  link.tls = std::make_unique<Tls>(*tls_);
  std::string none;
  link.tls->step(none);
  link.raw += link.tls->take_cipher();
}

void Pool::drain_events(Link& link, Work* work) {
  while (link.session.has_events()) {
    for (const Event& event : link.session.take_events()) handle(link, event, work);
  }
}

void Pool::handle(Link& link, const Event& event, Work* work) {
  switch (event.kind) {
    case Event::Kind::start_tls: return start_tls(link);
    case Event::Kind::ready:
      link.was_ready = true;
      link.rested_since = network_.now_us();
      break;
    case Event::Kind::begin:
      if (work != nullptr) work->jobs.begin(link.job);
      break;
    case Event::Kind::result:
      if (work != nullptr) on_result(link, event.ending, *work);
      break;
    case Event::Kind::closed: on_closed(link, event.ending, work); break;
  }
}

void Pool::on_result(Link& link, const Ending& ending, Work& work) {
  const bool hung_up = ending.fault == Fault::lost || ending.reply.code == 421;
  const bool nothing_seen = ending.step == Step::reset || ending.step == Step::mail;
  if (hung_up && nothing_seen && link.completed > 0 && !work.stopping) {
    work.waiting.emplace_back(link.job, link.session.reclaim());
    return;
  }
  if (ending.fault == Fault::none && ending.reply.code != 421) ++link.completed;
  work.jobs.ended(link.job, ending);
}

// A peer that cannot be reached, or that hangs up on fresh sessions, is not tried again in this run.
void Pool::on_closed(Link& link, const Ending& ending, Work* work) {
  if (work == nullptr) return;
  if (link.was_ready && link.completed > 0) return;
  work->no_more_links = true;
  work->why = ending;
  // The jobs that will end by this never had a session: for them it ended before any step of theirs.
  if (link.was_ready) work->why.step = Step::connect;
}

void Pool::give_up(Work& work) {
  while (pull(work)) {
    const std::uint32_t number = work.waiting.front().first;
    work.waiting.pop_front();
    work.jobs.ended(number, work.why);
  }
}

// Too late or cancelled: nothing new starts and what is before its dot ends. Where it is only too late, answers to dots
// that have left are worth their wait, for without them the hub has to call those messages unknown.
void Pool::check_time(Work& work) {
  const std::int64_t now = network_.now_us();
  work.cancelled = work.cancelled || work.jobs.cancelled();
  if (work.cancelled || now >= work.start_by) work.stopping = true;
  if (!work.stopping) return;
  work.why = {Step::connect, Fault::cancelled, {}};
  give_up(work);
  for (auto& link : links_) {
    if (!link->session.busy()) continue;
    if (link->session.step() == Step::dot && !work.cancelled) continue;
    link->session.on_lost(work.cancelled ? Fault::cancelled : Fault::timeout, now);
    drain_events(*link, &work);
  }
}

void Pool::wait(std::int64_t until) {
  std::vector<Interest> interests;
  until = std::min(until, network_.now_us() + kCancelSlice);
  for (auto& link : links_) {
    until = std::min(until, link->session.deadline());
    const bool write = link->raw_at < link->raw.size() || link->session.has_output();
    interests.push_back({link->stream.get(), write, false});
  }
  network_.wait(interests, until);
  for (std::size_t i = 0; i < links_.size(); ++i) links_[i]->may_go_on |= interests[i].ready;
}

void Pool::drop_closed() {
  std::erase_if(links_, [](const auto& link) { return link->session.closed(); });
}

void Pool::drop_stale() {
  for (auto& link : links_) {
    if (network_.now_us() - link->rested_since <= options_.idle_us) continue;
    link->session.quit(network_.now_us());
    write(*link, nullptr);
    link->session.on_lost(Fault::none, network_.now_us());
  }
  for (auto& link : links_) link->may_go_on = true;
  pump_all(nullptr);  // a peer that has hung up meanwhile is noticed before it is given a message
  drop_closed();
}

Ending Pool::probe(const std::function<bool()>& cancelled) {
  auto stream = network_.connect();
  if (stream == nullptr) return {Step::connect, Fault::lost, {}};
  Pool one(session_options_, {1, 0}, tls_, network_);
  one.links_.push_back(std::make_unique<Link>(std::move(stream), session_options_, network_.now_us()));
  class NoJobs final : public Jobs {
   public:
    std::size_t left() const override { return 0; }
    bool next(Transaction&, std::uint32_t&) override { return false; }
    void begin(std::uint32_t) override {}
    void ended(std::uint32_t, const Ending&) override {}
    bool cancelled() override { return false; }
  } none;
  Work work{none, INT64_MAX, {}};
  Link& link = *one.links_.front();
  while (!link.session.idle() && !link.session.closed()) {
    if (cancelled()) return {link.session.step(), Fault::cancelled, {}};
    one.pump_all(&work);
    if (!link.session.idle() && !link.session.closed()) one.wait(INT64_MAX);
  }
  if (link.session.closed()) return work.why;
  one.close();
  return {Step::idle, Fault::none, {}};
}

void Pool::close() {
  const std::int64_t until = network_.now_us() + session_options_.timeouts.quit;
  for (auto& link : links_) {
    link->session.quit(network_.now_us());
    link->may_go_on = true;
  }
  for (;;) {
    pump_all(nullptr);
    drop_closed();
    if (links_.empty() || network_.now_us() >= until) break;
    wait(until);
  }
  links_.clear();
}

}  // namespace vestitel::smtp
