// The IMAP client against a server of a few lines that lies, stalls and hangs up, by a clock that only moves when
// waited for.
#include <catch2/catch.hpp>

#include <map>
#include <set>

#include <vestitel/error.hpp>

#include "plugins/sinks/smtp/imap_folder.hpp"
#include "plugins/sinks/smtp/report_reading.hpp"
#include "tests/plugins/smtp/report_rig.hpp"

namespace vestitel::smtp::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

struct Server {
  std::map<int, std::string> mails;  // by UID
  std::set<int> seen, moved;
  std::string greeting = "* OK [CAPABILITY IMAP4rev1] ready\r\n";
  // What is answered to a command that begins so, instead of the right answer; "TAG" is the tag.
  std::map<std::string, std::string> instead;
  std::string hang_up_at;       // a command after whose answer there is nothing more
  std::size_t chunk = 1 << 20;  // bytes a read gives
  bool refuses = false, endless = false;
  std::string said;  // the commands, one a line
};

class ServerStream final : public sinks::Stream {
 public:
  explicit ServerStream(Server& server) : server_(server), to_us_(server.greeting) {}
  sinks::Connected connected() override { return server_.refuses ? sinks::Connected::failed : sinks::Connected::done; }
  sinks::IoResult read(char* into, std::size_t cap) override {
    using Kind = sinks::IoResult::Kind;
    if (to_us_.empty() && server_.endless) to_us_ = std::string(1000, 'x');
    if (to_us_.empty()) return {hung_up_ ? Kind::ended : Kind::again};
    const std::size_t n = std::min({cap, to_us_.size(), server_.chunk});
    to_us_.copy(into, n);
    to_us_.erase(0, n);
    return {Kind::done, n};
  }
  sinks::IoResult write(std::string_view bytes) override {
    if (hung_up_) return {sinks::IoResult::Kind::ended};
    const std::size_t n = std::min<std::size_t>(bytes.size(), 7);  // never all at once
    in_ += bytes.substr(0, n);
    for (std::size_t end; (end = in_.find("\r\n")) != std::string::npos;) {
      take(in_.substr(0, end));
      in_.erase(0, end + 2);
    }
    return {sinks::IoResult::Kind::done, n};
  }

 private:
  void take(const std::string& line) {
    const std::string tag = line.substr(0, line.find(' ')), command = line.substr(tag.size() + 1);
    server_.said += command + '\n';
    for (const auto& [begin, answer] : server_.instead) {
      if (!command.starts_with(begin)) continue;
      std::string text = answer;
      for (std::size_t at; (at = text.find("TAG")) != std::string::npos;) text.replace(at, 3, tag);
      to_us_ += text;
      hung_up_ = command.starts_with(server_.hang_up_at) && !server_.hang_up_at.empty();
      return;
    }
    to_us_ += answer(command) + tag + " OK done\r\n";
  }
  std::string answer(const std::string& command) {
    std::string out;
    if (command.starts_with("UID SEARCH")) {
      out = "* SEARCH";
      for (const auto& [uid, mail] : server_.mails)
        if (server_.seen.count(uid) == 0) out += ' ' + std::to_string(uid);
      return out + "\r\n";
    }
    const int uid = std::atoi(command.c_str() + std::min<std::size_t>(command.find(' ', 4), command.size()));
    if (command.starts_with("UID FETCH") && server_.mails.count(uid) != 0) {
      const std::string part = server_.mails[uid].substr(0, kMostOfReport);
      out = "* 9 EXISTS\r\n* 1 FETCH (UID " + std::to_string(uid) + " BODY[]<0> {" + std::to_string(part.size()) +
            "}\r\n";
      return out + part + ")\r\n";
    }
    if (command.starts_with("UID STORE")) server_.seen.insert(uid);
    if (command.starts_with("UID MOVE")) server_.moved.insert(uid);
    return out;
  }

  Server& server_;
  std::string to_us_, in_;
  bool hung_up_ = false;
};

class ServerNetwork final : public sinks::Network {
 public:
  explicit ServerNetwork(Server& server) : server_(server) {}
  std::int64_t now_us() override { return now; }
  std::unique_ptr<sinks::Stream> connect() override { return std::make_unique<ServerStream>(server_); }
  void wait(std::vector<sinks::Interest>&, std::int64_t until_us) override { now = std::max(now, until_us); }
  std::int64_t now = 0;

 private:
  Server& server_;
};

struct Rig {
  Server server;
  ServerNetwork network{server};
  ImapOptions options{"hub", "p\"w\\", "INBOX", ""};
  RefusalBook book;
  bool hub_fails = false;
  std::function<bool()> over;
  bool cancelled = false;
  std::vector<std::string> told;
  Turn last;

  void turn(std::size_t max = 100) {
    last = {};
    ImapLink link(network, nullptr, network.now + 20 * kSecond, [this] { return cancelled; });
    ImapFolder folder(link, options);
    read_reports(
        folder, {max, over}, kMarks, book, kReportNow,
        [&](const std::string& id, const Verdict& verdict) {
          if (hub_fails) throw Error::retry("the disk is full");
          told.push_back(shown({"", id, verdict}));
        },
        last);
  }
  // The rc and the text of what went wrong; "fine" where nothing did.
  std::string failure() {
    try {
      turn();
      return "fine";
    } catch (const Error& error) {
      return std::to_string(error.rc()) + ' ' + error.field_path() + ' ' + error.what();
    }
  }
};

const std::string kTold = " it contact_dead(" + std::to_string(kArrived) + ")";
const std::string kRetry = std::to_string(VESTITEL_E_RETRY) + "  reading the IMAP mailbox: ";

}  // namespace

TEST_CASE("what is unseen is told and then marked, and nothing else is touched", "[smtp][bounce][imap]") {
  Rig rig;
  rig.server.chunk = GENERATE(1U, 13U, 1U << 20);
  rig.server.mails = {{3, Bounce().text()}, {7, "Subject: away\r\n\r\nback soon\r\n"}, {8, Bounce().text()}};
  rig.server.seen = {8};
  rig.turn();
  CHECK(rig.told == std::vector<std::string>{kTold});
  CHECK(rig.server.seen == std::set<int>{3, 7, 8});
  CHECK(rig.server.said ==
        "LOGIN \"hub\" \"p\\\"w\\\\\"\nSELECT \"INBOX\"\nUID SEARCH UNSEEN UNDELETED\n"
        "UID FETCH 3 (UID BODY.PEEK[]<0.262144>)\nUID STORE 3 +FLAGS.SILENT (\\Seen)\n"
        "UID FETCH 7 (UID BODY.PEEK[]<0.262144>)\nUID STORE 7 +FLAGS.SILENT (\\Seen)\n");
  rig.turn();
  CHECK(rig.told.size() == 1);
}

TEST_CASE("a report is marked only when the hub has it on record", "[smtp][bounce][imap]") {
  Rig rig;
  rig.server.mails = {{3, Bounce().text()}};
  rig.hub_fails = true;
  CHECK_THROWS_AS(rig.turn(), Error);
  CHECK(rig.server.seen.empty());
  CHECK(rig.server.said.find("STORE") == std::string::npos);
  rig.hub_fails = false;
  rig.turn();
  CHECK(rig.told == std::vector<std::string>{kTold});
}

TEST_CASE("where a folder for it is named, what is dealt with is moved there", "[smtp][bounce][imap]") {
  Rig rig;
  rig.options.done_folder = "Read";
  rig.server.mails = {{3, Bounce().text()}};
  rig.turn();
  CHECK(rig.server.moved == std::set<int>{3});
  CHECK(rig.server.said.find("UID MOVE 3 \"Read\"\n") != std::string::npos);
}

TEST_CASE("a turn takes so many, and says whether there are more", "[smtp][bounce][imap]") {
  Rig rig;
  for (const int uid : {1, 2, 3}) rig.server.mails[uid] = Bounce().text();
  rig.turn(2);
  CHECK(rig.server.seen == std::set<int>{1, 2});
  CHECK(rig.last.more);
  rig.turn(2);
  CHECK_FALSE(rig.last.more);
  CHECK(rig.told.size() == 3);
}

TEST_CASE("each refusal says where to look", "[smtp][bounce][imap]") {
  const auto [command, answer, expected] = GENERATE(table<const char*, const char*, std::string>({
      {"LOGIN", "TAG NO [AUTHENTICATIONFAILED] hub@example.test?\r\n",
       std::to_string(VESTITEL_E_AUTH) + "  the IMAP server refuses user or password"},
      {"LOGIN", "TAG NO [UNAVAILABLE] later\r\n", kRetry + "the server refuses LOGIN for now"},
      {"LOGIN", "* BYE too many\r\n", kRetry + "the server closed the session"},
      {"SELECT", "TAG NO no such folder\r\n",
       std::to_string(VESTITEL_E_CONFIG) + " /bounces_folder the IMAP server does not open this folder"},
      {"SELECT", "TAG OK [READ-ONLY] selected\r\n",
       std::to_string(VESTITEL_E_CONFIG) + " /bounces_folder it may be read and not changed"},
      {"UID SEARCH", "TAG BAD what\r\n", kRetry + "the server refuses SEARCH"},
      {"UID STORE", "TAG NO not now\r\n", kRetry + "the server refuses STORE"},
      {"UID MOVE", "TAG NO [TRYCREATE]\r\n",
       std::to_string(VESTITEL_E_CONFIG) +
           " /bounces_done_folder the IMAP server does not move mails there (RFC 6851)"},
  }));
  CAPTURE(command, answer);
  Rig rig;
  rig.options.done_folder = "Read";
  rig.server.mails = {{3, Bounce().text()}};
  rig.server.instead[command] = answer;
  CHECK(rig.failure() == expected);
}

TEST_CASE("a server that stalls, hangs up or talks nonsense costs a turn and no report", "[smtp][bounce][imap]") {
  Rig rig;
  rig.server.mails = {{3, Bounce().text()}};
  const std::string silence = kRetry + "the server did not answer in time", lost = kRetry + "connection lost",
                    nonsense = kRetry + "the answer is not IMAP",
                    much = kRetry + "the server says more than a mailbox can";
  std::string expected;
  Server& s = rig.server;
  SECTION("no connection") { s.refuses = true, expected = kRetry + "no connection"; }
  SECTION("no greeting") { s.greeting = "", expected = silence; }
  SECTION("half a greeting") { s.greeting = "* OK", expected = silence; }
  SECTION("no IMAP") { s.greeting = "220 mx ESMTP\r\n", expected = kRetry + "the greeting is not IMAP"; }
  SECTION("no service") { s.greeting = "* BYE\r\n", expected = kRetry + "the server refuses its service"; }
  SECTION("a line without end") { s.greeting = "* OK ", s.endless = true, expected = nonsense; }
  SECTION("silence at login") { s.instead["LOGIN"] = "", expected = silence; }
  SECTION("another's tag") { s.instead["LOGIN"] = "b1 OK done\r\n", expected = nonsense; }
  SECTION("a literal that never ends") {
    s.instead["UID FETCH"] = "* 1 FETCH (UID 3 BODY[]<0> {1000}\r\nabc", expected = silence;
  }
  SECTION("a literal cut off") {
    s.instead["UID FETCH"] = "* 1 FETCH (UID 3 BODY[]<0> {1000}\r\nabc", s.hang_up_at = "UID FETCH", expected = lost;
  }
  SECTION("a literal larger than asked for") {
    s.instead["UID FETCH"] = "* 1 FETCH (UID 3 BODY[]<0> {99999999999999999999}\r\n", expected = nonsense;
  }
  SECTION("literals without end") {
    for (int i = 0; i < 20; ++i) s.instead["UID SEARCH"] += "{0}\r\n";
    expected = nonsense;
  }
  SECTION("answers without end") {
    for (int i = 0; i < 20'000; ++i) s.instead["UID SEARCH"] += "* 1 EXISTS\r\n";
    expected = much;
  }
  SECTION("a mail without end") {
    for (int i = 0; i < 40; ++i)
      s.instead["UID FETCH"] += "* 1 FETCH (UID 4 BODY[] {500000}\r\n" + std::string(500'000, 'x') + ")\r\n";
    expected = much;
  }
  CHECK(rig.failure() == expected);
  CHECK(s.seen.empty());
  CHECK(rig.told.empty());
  CHECK(rig.network.now <= 21 * kSecond);
  s.refuses = s.endless = false, s.greeting = "* OK ready\r\n", s.instead.clear(), s.hang_up_at.clear();
  CHECK(rig.failure() == "fine");
  CHECK(rig.told == std::vector<std::string>{kTold});
}

TEST_CASE("an answer about another mail is not taken for this one", "[smtp][bounce][imap]") {
  Rig rig;
  rig.server.mails = {{3, Bounce().text()}};
  const std::string mail = Bounce().text(), size = std::to_string(mail.size());
  rig.server.instead["UID FETCH"] = "* 1 FETCH (UID 33 BODY[]<0> {" + size + "}\r\n" + mail + ")\r\nTAG OK\r\n";
  rig.turn();
  CHECK(rig.told.empty());
  CHECK(rig.server.seen.empty());
  CHECK(rig.last.unreadable == 1);
}

TEST_CASE("a stop is seen while the server is silent", "[smtp][bounce][imap]") {
  Rig rig;
  rig.cancelled = true;
  rig.server.greeting = "";
  CHECK(rig.failure() == std::to_string(VESTITEL_E_CANCELLED) + "  cancelled");
  CHECK(rig.network.now == 0);
}

TEST_CASE("of a list longer than a line the front is used", "[smtp][bounce][imap]") {
  std::string line = "* SEARCH 12345";
  for (int uid = 100'000; uid < 120'000; ++uid) line += ' ' + std::to_string(uid);
  line += "\r\na1 OK\r\n";
  ImapParser parser;
  ImapReply reply;
  std::string_view in = line;
  REQUIRE(parser.feed(in, reply) == ImapParser::State::reply);
  const auto numbers = numbers_of(reply.text, 100'000);
  CHECK(numbers.size() > 9000);
  CHECK(numbers.size() < 20'000);
  CHECK(numbers.back() == 100'000 + numbers.size() - 2);  // none is half of one
  CHECK(numbers_of(reply.text, 5).size() == 5);
  REQUIRE(parser.feed(in, reply) == ImapParser::State::reply);
  CHECK(reply.is("a1", "ok"));
}

}  // namespace vestitel::smtp::test
