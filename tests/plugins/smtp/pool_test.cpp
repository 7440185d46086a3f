// The pool on a network of scripted peers and a clock that only moves when everybody waits.
#include "plugins/sinks/smtp/pool.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <map>

#include "plugins/sinks/smtp/verdicts.hpp"

#include <vestitel/testing/render.hpp>

namespace vestitel::smtp::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

// An SMTP server of a few lines. Each knob turns it bad in one way.
struct Peer {
  std::string ehlo = "250-mx\r\n250 PIPELINING\r\n";
  std::string greeting = "220 mx\r\n";
  bool refuses = false;         // no connection
  bool silent_at_dot = false;   // takes the message, never answers
  bool drops_at_dot = false;    // takes the message, hangs up
  bool stalls_in_body = false;  // asks for the message and takes none of it
  bool silent_at_quit = false;
  bool knows_reset = true;                // RSET is answered by 502 otherwise
  std::size_t messages_a_session = 1000;  // then 421 at MAIL
  std::map<std::string, std::string> rcpt;
  // What happened.
  std::vector<std::string> taken;  // recipients whose message came whole
  std::size_t empty = 0;           // messages without a line
  std::size_t connections = 0;
};

class FakeStream final : public Stream {
 public:
  explicit FakeStream(Peer& peer) : peer_(peer), to_us_(peer.greeting) {}
  Connected connected() override { return peer_.refuses ? Connected::failed : Connected::done; }
  IoResult read(char* into, std::size_t cap) override {
    if (to_us_.empty()) return {hung_up ? IoResult::Kind::ended : IoResult::Kind::again};
    const std::size_t n = std::min(cap, to_us_.size());
    to_us_.copy(into, n);
    to_us_.erase(0, n);
    return {IoResult::Kind::done, n};
  }
  IoResult write(std::string_view bytes) override {
    if (hung_up) return {IoResult::Kind::ended};
    if (in_data_ && peer_.stalls_in_body) return {IoResult::Kind::again};
    const std::size_t n = std::min<std::size_t>(bytes.size(), 1000);  // never all at once
    in_ += bytes.substr(0, n);
    for (std::size_t end; (end = in_.find("\r\n")) != std::string::npos && !hung_up;) {
      const std::string line = in_.substr(0, end);
      in_.erase(0, end + 2);
      take(line);
    }
    return {IoResult::Kind::done, n};
  }
  bool readable() const { return !to_us_.empty() || hung_up; }
  bool hung_up = false;

 private:
  void take(const std::string& line) {
    if (in_data_) {
      ++lines_;
      if (line != ".") return;
      if (lines_ == 1) ++peer_.empty;
      in_data_ = false;
      peer_.taken.push_back(to_);
      ++messages_;
      if (peer_.drops_at_dot) hung_up = true;
      if (!peer_.silent_at_dot && !hung_up)
        to_us_ += "250 ok queued as Q" + std::to_string(peer_.taken.size()) + "\r\n";
    } else if (line.starts_with("EHLO")) {
      to_us_ += peer_.ehlo;
    } else if (line.starts_with("MAIL") && messages_ >= peer_.messages_a_session) {
      to_us_ += "421 too many messages\r\n";
      hung_up = true;
    } else if (line.starts_with("RCPT")) {
      to_ = line.substr(9, line.find('>') - 9);
      const auto answer = peer_.rcpt.find(to_);
      refused_ = answer != peer_.rcpt.end();
      to_us_ += refused_ ? answer->second : "250 ok\r\n";
    } else if (line == "DATA") {
      in_data_ = !refused_;
      lines_ = 0;
      to_us_ += refused_ ? "554 nobody\r\n" : "354 go\r\n";
    } else if (line == "RSET" && !peer_.knows_reset) {
      to_us_ += "502 5.5.1 not implemented\r\n";
    } else if (line == "QUIT") {
      if (peer_.silent_at_quit) return;
      to_us_ += "221 bye\r\n";
      hung_up = true;
    } else {
      to_us_ += "250 ok\r\n";
    }
  }

  Peer& peer_;
  std::string in_, to_us_, to_;
  bool in_data_ = false, refused_ = false;
  std::size_t messages_ = 0, lines_ = 0;
};

class FakeNetwork final : public Network {
 public:
  explicit FakeNetwork(Peer& p) : peer(p) {}
  std::int64_t now_us() override { return now; }
  std::unique_ptr<Stream> connect() override {
    ++peer.connections;
    auto stream = std::make_unique<FakeStream>(peer);
    streams.push_back(stream.get());
    return stream;
  }
  void wait(std::vector<Interest>& interests, std::int64_t until) override {
    bool any = false;
    for (auto& interest : interests) {
      interest.ready = interest.write || static_cast<FakeStream*>(interest.stream)->readable();
      any |= interest.ready;
    }
    if (!any) now = std::max(now, until);
    if (on_wait) on_wait();
  }
  Peer& peer;
  std::int64_t now = 0;
  std::vector<FakeStream*> streams;  // those that are gone dangle: only the test knows which to touch
  std::function<void()> on_wait;
};

struct List final : Jobs {
  explicit List(std::vector<std::string> recipients) : to(std::move(recipients)), verdicts(to.size()) {}
  std::size_t left() const override { return to.size() - at; }
  bool keeping() const { return at + keeps >= to.size() && at < to.size() && clock && clock() < keeps_until; }
  std::int64_t kept_until() const override { return keeping() ? keeps_until : INT64_MAX; }
  bool next(Transaction& t, std::uint32_t& number) override {
    if (at == to.size() || keeping()) return false;
    t = {"hub@a.test", to[at], "id", "Subject: x\r\n\r\n" + std::string(body_size, 'y') + "\r\n", false, 0, deadline};
    number = static_cast<std::uint32_t>(at++);
    return true;
  }
  void begin(std::uint32_t i) override { begun += std::to_string(i) + ","; }
  void ended(std::uint32_t i, const Ending& ending) override {
    CHECK(verdicts.at(i).empty());
    const auto text = testing::render_verdict(judge(ending, "<m>", 0).verdict.abi());
    verdicts.at(i) = text.substr(0, text.find(": "));
  }
  bool cancelled() override { return cancel; }
  std::size_t count(const std::string& verdict) const {
    return static_cast<std::size_t>(std::count(verdicts.begin(), verdicts.end(), verdict));
  }
  std::vector<std::string> to, verdicts;
  std::size_t at = 0;
  std::int64_t deadline = 0;
  std::size_t body_size = 3000;
  std::string begun;
  bool cancel = false;
  std::size_t keeps = 0;  // how many of the last are kept back until keeps_until
  std::int64_t keeps_until = 0;
  std::function<std::int64_t()> clock;
};

SessionOptions plain() {
  SessionOptions o;
  o.tls = TlsMode::none;
  return o;
}

struct PoolRig {
  Peer peer;
  FakeNetwork network{peer};
  SessionOptions session = plain();
  Pool pool{session, {4, 60 * kSecond}, nullptr, network};
};

std::vector<std::string> people(std::size_t n) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back("p" + std::to_string(i) + "@b.test");
  return out;
}

}  // namespace

TEST_CASE("the sessions share the work, stay warm and are used again", "[smtp][pool]") {
  PoolRig rig;
  List first(people(50));
  rig.pool.run(first, INT64_MAX);
  CHECK(rig.peer.taken.size() == 50);
  CHECK(rig.peer.connections == 4);
  CHECK(rig.pool.resting() == 4);
  List second(people(50));
  rig.pool.run(second, INT64_MAX);
  CHECK(rig.peer.taken.size() == 100);
  CHECK(rig.peer.connections == 4);
  rig.pool.close();
  CHECK(rig.pool.resting() == 0);
}

TEST_CASE("one message opens one session", "[smtp][pool]") {
  PoolRig rig;
  List jobs(people(1));
  rig.pool.run(jobs, INT64_MAX);
  CHECK(rig.peer.connections == 1);
  CHECK(jobs.verdicts == std::vector<std::string>{"accepted(Q1)"});
  CHECK(jobs.begun == "0,");
}

TEST_CASE("a refused recipient does not disturb the others, and is never begun", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.rcpt["p1@b.test"] = "550 5.1.1 no\r\n";
  rig.peer.rcpt["p2@b.test"] = "451 4.7.1 later\r\n";
  List jobs(people(4));
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.verdicts[1] == "contact_dead(0)");
  CHECK(jobs.verdicts[2] == "retry(recipient,300000)");
  CHECK(rig.peer.taken.size() == 2);
  CHECK(jobs.begun.find("1,") == std::string::npos);
}

TEST_CASE("a peer without RSET costs connections, not mail", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.knows_reset = false;
  rig.peer.ehlo = GENERATE(std::string("250-mx\r\n250 PIPELINING\r\n"), std::string("250 mx\r\n"));
  for (const char* dead : {"p0@b.test", "p1@b.test", "p5@b.test", "p9@b.test"})
    rig.peer.rcpt[dead] = "550 5.1.1 no\r\n";
  List first(people(12));
  rig.pool.run(first, INT64_MAX);
  List second(people(4));
  rig.pool.run(second, INT64_MAX);
  CHECK(first.count("contact_dead(0)") == 4);
  CHECK(second.count("contact_dead(0)") == 2);
  CHECK(rig.peer.taken.size() == 8 + 2);
  CHECK(rig.peer.empty == 0);
  CHECK(first.count("permanent") + first.count("retry(link,0)") == 0);
}

TEST_CASE("a peer that cannot be reached is a retry for all, at once", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.refuses = true;
  List jobs(people(100));
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.count("retry(link,0)") == 100);
  CHECK(rig.peer.connections <= 4);
  CHECK(rig.network.now < kSecond);
}

TEST_CASE("a greeting that never comes holds the batch for its deadline, once", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.greeting = "";
  List jobs(people(100));
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.count("retry(link,0)") == 100);
  CHECK(rig.network.now >= 300 * kSecond);
  CHECK(rig.network.now < 301 * kSecond);
}

TEST_CASE("no answer to the dot is unknown after ten minutes, and nothing is sent again", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.silent_at_dot = true;
  List jobs(people(1));
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.verdicts == std::vector<std::string>{"unknown"});
  CHECK(rig.network.now == 600 * kSecond);
  CHECK(rig.peer.taken.size() == 1);
}

TEST_CASE("a peer that hangs up behind the dot leaves unknowns, and the rest waits", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.drops_at_dot = true;
  List jobs(people(20));
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.count("unknown") == rig.peer.taken.size());
  CHECK(jobs.count("unknown") <= 4);
  CHECK(jobs.count("retry(link,0)") == 20 - rig.peer.taken.size());
}

TEST_CASE("a limit on messages a session costs nothing but new sessions", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.messages_a_session = 3;
  List jobs(people(30));
  rig.pool.run(jobs, INT64_MAX);
  CHECK(rig.peer.taken.size() == 30);
  CHECK(jobs.count("retry(link,0)") == 0);
  CHECK(rig.peer.connections >= 10);
}

TEST_CASE("a session that the peer closed between two calls is replaced without a loss", "[smtp][pool]") {
  PoolRig rig;
  List first(people(4));
  rig.pool.run(first, INT64_MAX);
  SECTION("noticed before a message is given to it") {
    for (auto* stream : rig.network.streams) stream->hung_up = true;
  }
  SECTION("rested too long") { rig.network.now += 61 * kSecond; }
  SECTION("noticed at MAIL") { rig.peer.messages_a_session = 1; }
  List second(people(4));
  rig.pool.run(second, INT64_MAX);
  CHECK(second.count("retry(link,0)") == 0);
  CHECK(rig.peer.taken.size() == 8);
}

TEST_CASE("a cancel returns at once: unknown behind the dot, a retry before it", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.silent_at_dot = true;
  List jobs(people(10));
  rig.network.on_wait = [&] { jobs.cancel = rig.peer.taken.size() == 4; };
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.count("unknown") == 4);
  CHECK(jobs.count("retry(message,0)") == 6);
  CHECK(rig.network.now <= kSecond / 10);
}

TEST_CASE("a cancel in the middle of the bodies leaves retries alone", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.stalls_in_body = true;
  List jobs(people(10));
  jobs.body_size = 2 * Session::kMaxChunk;
  int waits = 0;
  rig.network.on_wait = [&] { jobs.cancel = ++waits > 10; };
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.begun.empty());
  CHECK(rig.peer.taken.empty());
  CHECK(jobs.count("retry(message,0)") == 10);
  CHECK(rig.network.now <= kSecond / 10);
}

TEST_CASE("an answer to the dot that is there when the cancel comes is still believed", "[smtp][pool]") {
  PoolRig rig;
  List jobs(people(10));
  rig.network.on_wait = [&] { jobs.cancel = rig.peer.taken.size() == 4; };
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.count("unknown") == 0);
  CHECK(jobs.count("retry(message,0)") == 6);
}

TEST_CASE("a peer that does not answer QUIT holds the end for half a second", "[smtp][pool]") {
  PoolRig rig;
  List jobs(people(4));
  rig.pool.run(jobs, INT64_MAX);
  rig.peer.silent_at_quit = true;
  const std::int64_t before = rig.network.now;
  rig.pool.close();
  CHECK(rig.network.now - before <= kSecond / 2);
}

TEST_CASE("past the time for starting nothing more is sent, but answers are waited for", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.silent_at_dot = true;
  List jobs(people(10));
  rig.pool.run(jobs, 30 * kSecond);
  CHECK(jobs.count("unknown") == 4);
  CHECK(jobs.count("retry(message,0)") == 6);
  CHECK(rig.network.now == 600 * kSecond);
}

TEST_CASE("a message's own deadline ends it, begun as unknown", "[smtp][pool]") {
  PoolRig rig;
  rig.peer.silent_at_dot = true;
  List jobs(people(1));
  jobs.deadline = 20 * kSecond;
  rig.pool.run(jobs, INT64_MAX);
  CHECK(jobs.verdicts[0] == "unknown");
  CHECK(rig.network.now == 20 * kSecond);
}

TEST_CASE("a probe goes as far as a session gets, and sends no mail", "[smtp][pool]") {
  PoolRig rig;
  const auto never = [] { return false; };
  CHECK(rig.pool.probe(never).step == Step::idle);
  CHECK(rig.peer.taken.empty());
  rig.peer.greeting = "554 go away\r\n";
  CHECK(rig.pool.probe(never).reply.code == 554);
  rig.session.tls = TlsMode::required;
  rig.peer.greeting = "220 mx\r\n";
  CHECK(rig.pool.probe(never).fault == Fault::tls_missing);
}

TEST_CASE("a job that is kept back is waited for, and the others go on meanwhile", "[smtp][pool]") {
  PoolRig rig;
  List jobs(people(10));
  jobs.keeps = 3;
  jobs.keeps_until = kSecond;
  jobs.clock = [&] { return rig.network.now; };
  std::size_t taken_before = 0;
  rig.network.on_wait = [&] { taken_before = rig.network.now < kSecond ? rig.peer.taken.size() : taken_before; };
  SECTION("until its turn") {
    rig.pool.run(jobs, INT64_MAX);
    CHECK(taken_before == 7);
    CHECK(rig.peer.taken.size() == 10);
    CHECK(rig.network.now == kSecond);
  }
  SECTION("not beyond the time for starting") {
    jobs.keeps_until = 100 * kSecond;
    rig.pool.run(jobs, 2 * kSecond);
    CHECK(rig.peer.taken.size() == 7);
    CHECK(rig.network.now == 2 * kSecond);
  }
}

}  // namespace vestitel::smtp::test
