// The head of a request in its one form: what two programs could read in two ways is no request here.
#include "core/api/http_head.hpp"
#include "tests/api/inbox_rig.hpp"
#include "tests/support/seeded_random.hpp"

namespace vestitel::test {
namespace {

struct Case {
  const char* name;
  std::string head;  // behind the request line, without the empty line
  int status = 400;
  std::string line = "POST /inbox/amb HTTP/1.1\r\n";
};

const std::string kHost = "Host: h\r\n", kFour = "Content-Length: 4\r\n", kChunked = "Transfer-Encoding: chunked\r\n";

std::vector<Case> broken_heads() {
  const std::string many = [] {
    std::string out;
    for (int i = 0; i < 100; ++i) out += "X: 1\r\n";
    return out;
  }();
  return {
      {"a length and a transfer coding", kHost + kFour + kChunked},
      {"a transfer coding and a length", kHost + kChunked + kFour},
      {"two lengths that agree", kHost + kFour + kFour},
      {"two lengths that differ", kHost + kFour + "Content-Length: 5\r\n"},
      {"a list of lengths", kHost + "Content-Length: 4, 4\r\n"},
      {"a length with a sign", kHost + "Content-Length: +4\r\n"},
      {"a negative length", kHost + "Content-Length: -4\r\n"},
      {"a length in hex", kHost + "Content-Length: 0x4\r\n"},
      {"an empty length", kHost + "Content-Length:\r\n"},
      {"a length that no number holds", kHost + "Content-Length: 99999999999999999999\r\n"},
      {"an unknown transfer coding", kHost + "Transfer-Encoding: gzip\r\n"},
      {"two transfer codings in one", kHost + "Transfer-Encoding: gzip, chunked\r\n"},
      {"chunked twice", kHost + kChunked + kChunked},
      {"a coding that is nearly chunked", kHost + "Transfer-Encoding: xchunked\r\n"},
      {"a coding with a parameter", kHost + "Transfer-Encoding: chunked;a=b\r\n"},
      {"a blank before the colon of Host", "Host : h\r\n" + kFour},
      {"a blank before the colon of a length", kHost + "Content-Length : 4\r\n"},
      {"no host", kFour},
      {"two hosts", kHost + kHost + kFour},
      {"an empty host", "Host:\r\n" + kFour},
      {"a host with a path", "Host: h/inbox\r\n" + kFour},
      {"a bare line feed", kHost + "X: 1\nContent-Length: 4\r\n"},
      {"a bare line feed at the end of the head", "Host: h\n" + kFour},
      {"a bare carriage return", kHost + "X: 1\rContent-Length: 4\r\n"},
      {"a folded line", kHost + "X: 1\r\n 2\r\n" + kFour},
      {"a line that begins with a tab", kHost + "\tContent-Length: 4\r\n"},
      {"a line without a colon", kHost + "Content-Length 4\r\n"},
      {"a field without a name", kHost + ": 4\r\n"},
      {"a nul", kHost + std::string("X: a\0b\r\n", 8)},
      {"a control character", kHost + "X: a\x01b\r\n"},
      {"a field name that is no token", kHost + "Content(Length): 4\r\n"},
      {"HTTP/1.0", kHost + kFour, 505, "POST /inbox/amb HTTP/1.0\r\n"},
      {"HTTP/2.0", kHost + kFour, 505, "POST /inbox/amb HTTP/2.0\r\n"},
      {"a version of other digits", kHost + kFour, 400, "POST /inbox/amb HTTP/1.10\r\n"},
      {"no version", kHost + kFour, 400, "POST /inbox/amb\r\n"},
      {"a whole address", kHost + kFour, 400, "POST https://h/inbox/amb HTTP/1.1\r\n"},
      {"an authority", kHost + kFour, 400, "CONNECT h:443 HTTP/1.1\r\n"},
      {"an asterisk", kHost + kFour, 400, "OPTIONS * HTTP/1.1\r\n"},
      {"a blank in the target", kHost + kFour, 400, "POST /inbox/ amb HTTP/1.1\r\n"},
      {"a tab between the words", kHost + kFour, 400, "POST\t/inbox/amb\tHTTP/1.1\r\n"},
      {"an empty line before the request", kHost + kFour, 400, "\r\nPOST /inbox/amb HTTP/1.1\r\n"},
      {"a method that is no token", kHost + kFour, 400, "PO(T /inbox/amb HTTP/1.1\r\n"},
      {"a fragment", kHost + kFour, 400, "POST /inbox/amb#a HTTP/1.1\r\n"},
      {"an expectation that nobody has", kHost + kFour + "Expect: 200-ok\r\n", 417},
      {"more than 100 fields", kHost + many, 431},
      {"more than 16 KiB", kHost + "X: " + std::string(16'384, 'a') + "\r\n", 431},
  };
}

}  // namespace

TEST_CASE("a head that could mean two things means none", "[inbox]") {
  const auto c = GENERATE(from_range(broken_heads()));
  CAPTURE(c.name);
  InboxRig rig;
  TlsClient client(rig.start());
  // Behind it stands what a smuggler would want to be the next request.
  const std::string key = std::string("Authorization: Bearer ") + kAcmeKey + "\r\n";
  client.send(c.line + key + c.head + "\r\nbody" + rig.get("/health"));
  const auto answer = client.answer();
  CHECK(answer.status == c.status);
  CHECK(answer.field("Connection") == "close");
  CHECK(client.rest().empty());
  CHECK(rig.placed().empty());
}

TEST_CASE("a head of bare line feeds is refused at once, not waited for", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  CHECK(client.ask("GET /health HTTP/1.1\nHost: h\n\n").status == 400);
  CHECK(client.rest().empty());
}

TEST_CASE("bodies that are not framed as they say end the connection", "[inbox]") {
  const auto body = GENERATE(values<std::string>({
      "x\r\n",
      "-1\r\na\r\n",
      "0x1\r\na\r\n",
      "1\na\n0\n\n",
      "1\r\nab\r\n0\r\n\r\n",
      "1\r\na0\r\n\r\n",
      " 1\r\na\r\n0\r\n\r\n",
      "ffffffffffffffffff\r\n",
      "\r\n",
  }));
  CAPTURE(body);
  InboxRig rig;
  TlsClient client(rig.start());
  client.send("POST /inbox/amb HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer " +
              std::string(kAcmeKey) + "\r\n\r\n" + body + rig.get("/health"));
  const int status = client.answer().status;
  CHECK((status == 400 || status == 413));
  CHECK(client.rest().empty());
  CHECK(rig.placed().empty());
  CHECK(rig.spools() == 0);
}

TEST_CASE("requests that are fine may stand behind each other", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  client.send(rig.post("one") + rig.get("/health") + rig.post("two"));
  CHECK(client.answer().status == 202);
  CHECK(client.answer().body == "ok\n");
  CHECK(client.answer().status == 202);
  CHECK(rig.placed().size() == 4);
}

TEST_CASE("a good head is read into its parts", "[inbox]") {
  const auto parsed = parse_head(
      "PUT /a?b HTTP/1.1\r\nhOST:h:8443\r\nX-One: \t a b \t\r\ncontent-length: 17\r\nConnection: Close\r\nExpect: "
      "100-Continue\r\n\r\n");
  const auto& head = std::get<HttpHead>(parsed);
  CHECK(head.method == "PUT");
  CHECK(head.target == "/a?b");
  CHECK(head.value("host") == "h:8443");
  CHECK(head.value("x-one") == "a b");
  CHECK(head.length == 17U);
  CHECK_FALSE(head.keep_alive);
  CHECK(head.expects_continue);
}

TEST_CASE("the end of a head is found wherever it is cut", "[inbox]") {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  std::size_t size = 0;
  for (std::size_t n = 0; n < head.size(); ++n) CHECK(head_end(head.substr(0, n), size) == HeadEnd::kNotYet);
  CHECK(head_end(head + "more\n", size) == HeadEnd::kHere);
  CHECK(size == head.size());
  CHECK(head_end("GET /\n", size) == HeadEnd::kBroken);
  CHECK(head_end(std::string(kMostHead, 'a'), size) == HeadEnd::kNotYet);
  CHECK(head_end(std::string(kMostHead + 1, 'a'), size) == HeadEnd::kTooFar);
  CHECK(head_end("X: " + std::string(kMostHead, 'a') + "\r\n\r\n", size) == HeadEnd::kTooFar);
}

TEST_CASE("whatever comes, it is a head or it is none", "[inbox]") {
  SeededRandom random(7);
  const std::string good = "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  for (int round = 0; round < 200'000; ++round) {
    std::string bytes = good;
    for (std::uint64_t edits = random.number() % 4 + 1; edits > 0; --edits) {
      const std::size_t at = random.number() % bytes.size();
      const char byte = static_cast<char>(random.number());
      if (edits % 2 == 0)
        bytes.insert(at, 1, byte);
      else
        bytes[at] = byte;
    }
    std::size_t size = 0;
    if (head_end(bytes, size) != HeadEnd::kHere) continue;
    const auto parsed = parse_head(std::string_view(bytes).substr(0, size));
    if (const auto* head = std::get_if<HttpHead>(&parsed)) CHECK((head->target[0] == '/' && head->count("host") == 1));
  }
}

TEST_CASE("the page for partners names every problem", "[inbox]") {
  const std::string page = read_file(std::string(VESTITEL_SOURCE_DIR) + "/docs/inbox.md");
  for (std::size_t i = 0; i < kProblems; ++i) {
    const ProblemText& text = text_of(static_cast<Problem>(i));
    const std::size_t at = page.find("`" + std::string(text.slug) + "`");
    CAPTURE(text.slug);
    REQUIRE(at != std::string::npos);
    const std::size_t line = page.rfind('\n', at) + 1;
    CHECK(page.substr(line, 5) == "| " + std::to_string(text.status));
  }
}

}  // namespace vestitel::test
