#include "plugins/sinks/smpp/link.hpp"

#include <catch2/catch.hpp>

namespace vestitel::smpp::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

// A session against a centre that the test speaks for. said(): what it sent and told, as one string.
struct Dialogue {
  explicit Dialogue(Role role = Role::transceiver) {
    options.role = role;
    options.bind = {"hub", "pw", "", 0x34};
    link.on_connected(now);
  }
  // "bind_transceiver:1 <bound>": commands with their sequences, events in angles.
  std::string said() {
    std::string out;
    Frames frames;
    frames.feed(link.take_output());
    for (Pdu pdu; frames.next(pdu) == Frames::State::pdu;) {
      char text[64];
      std::snprintf(text, sizeof text, "%X/%X:%u ", pdu.command, pdu.status, pdu.sequence);
      out += text;
    }
    for (const Event& e : link.take_events()) out += shown(e);
    return out;
  }
  static std::string shown(const Event& e) {
    switch (e.kind) {
      case Event::Kind::bound: return "<bound>";
      case Event::Kind::answered:
        return "<" + std::to_string(e.number) + "=" + std::to_string(e.status) + (e.id.empty() ? "" : " " + e.id) + ">";
      case Event::Kind::lost: return "<" + std::to_string(e.number) + " lost>";
      case Event::Kind::delivered: return "<delivered>";
      case Event::Kind::closed:
        return "<closed " + std::to_string(static_cast<int>(e.ending.fault)) + "/" + std::to_string(e.ending.status) +
               (e.ending.was_bound ? " bound>" : ">");
    }
    return "?";
  }
  std::string centre(std::uint32_t command, std::uint32_t status, std::uint32_t sequence, std::string body = {}) {
    link.on_bytes(encode({command, status, sequence, std::move(body)}), now);
    return said();
  }
  std::string after(std::int64_t seconds) {
    now += seconds * kSecond;
    link.on_time(now);
    return said();
  }
  Dialogue& bound() {
    said();
    const std::uint32_t command = options.role == Role::receiver      ? kBindReceiver
                                  : options.role == Role::transmitter ? kBindTransmitter
                                                                      : kBindTransceiver;
    REQUIRE(centre(command | kResponse, 0, 1, std::string("SMSC\0", 5)) == "<bound>");
    return *this;
  }
  Dialogue& submits(std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) link.submit(100 + i, "x", now);
    said();
    return *this;
  }
  LinkOptions options;
  std::int64_t now = kSecond;
  Link link{options, now};
};

std::string id(const std::string& text) { return text + '\0'; }

constexpr std::uint32_t kAnswer = kSubmitSm | kResponse;

}  // namespace

TEST_CASE("a session binds in its role", "[smpp][link]") {
  CHECK(Dialogue().said() == "9/0:1 ");
  CHECK(Dialogue(Role::transmitter).said() == "2/0:1 ");
  CHECK(Dialogue(Role::receiver).said() == "1/0:1 ");
}

TEST_CASE("a refused bind says with what", "[smpp][link]") {
  Dialogue d;
  d.said();
  CHECK(d.centre(kBindTransceiver | kResponse, 0x0E, 1) == "<closed 4/14>");
}

TEST_CASE("a bind without an answer is over after its timer", "[smpp][link]") {
  Dialogue d;
  d.said();
  CHECK(d.after(29).empty());
  CHECK(d.after(1) == "<closed 2/0>");
}

TEST_CASE("answers are matched by sequence, in any order", "[smpp][link]") {
  Dialogue d;
  d.bound().submits(3);
  CHECK(d.centre(kAnswer, 0, 4, id("c")) == "<102=0 c>");
  CHECK(d.centre(kAnswer, 0x58, 2) == "<100=88>");
  CHECK(d.centre(kAnswer, 0, 99, id("x")).empty());
  CHECK(d.centre(kAnswer, 0, 4, id("again")).empty());
  CHECK(d.centre(kAnswer, 0, 3, id("b")) == "<101=0 b>");
}

TEST_CASE("no more than a window is unanswered, and a receiver takes none", "[smpp][link]") {
  Dialogue d;
  CHECK_FALSE(d.link.has_room(d.now));
  d.bound().submits(9);
  CHECK(d.link.has_room(d.now));
  d.submits(1);
  CHECK_FALSE(d.link.has_room(d.now));
  d.centre(kAnswer, 0, 2, id("a"));
  CHECK(d.link.has_room(d.now));
  Dialogue receiver(Role::receiver);
  receiver.bound();
  CHECK_FALSE(receiver.link.has_room(receiver.now));
}

TEST_CASE("what has no answer when a session ends is lost", "[smpp][link]") {
  Dialogue d;
  d.bound().submits(2);
  SECTION("the connection breaks") {
    d.link.on_lost(Fault::lost);
    CHECK(d.said() == "<100 lost><101 lost><closed 1/0 bound>");
  }
  SECTION("an answer takes too long") {
    CHECK(d.after(59) == "15/0:4 ");
    CHECK(d.after(1) == "<100 lost><101 lost><closed 2/0 bound>");
  }
  SECTION("the centre unbinds") {
    CHECK(d.centre(kUnbind, 0, 7) == "80000006/0:7 <100 lost><101 lost><closed 5/0 bound>");
  }
  SECTION("the centre sends what is no PDU") {
    d.link.on_bytes("HTTP/1.1 400 Bad Request\r\n", d.now);
    CHECK(d.said() == "80000000/2:0 <100 lost><101 lost><closed 3/0 bound>");
  }
  SECTION("the answer is of another kind") {
    CHECK(d.centre(kDataSm | kResponse, 0, 2) == "<100 lost><101 lost><closed 3/0 bound>");
  }
}

TEST_CASE("an idle session asks whether the other end is there, and leaves when it is not", "[smpp][link]") {
  Dialogue d;
  d.bound();
  CHECK(d.after(29).empty());
  CHECK(d.after(1) == "15/0:2 ");
  CHECK(d.centre(kEnquireLink | kResponse, 0, 2).empty());
  CHECK(d.after(30) == "15/0:3 ");
  CHECK(d.after(59).empty());
  CHECK(d.after(1) == "<closed 2/0 bound>");
}

TEST_CASE("half a PDU does not keep a session", "[smpp][link]") {
  Dialogue d;
  d.bound();
  d.link.on_bytes(std::string("\0\0\0\x20", 4), d.now);
  CHECK(d.after(9).empty());
  d.link.on_bytes("x", d.now);
  CHECK(d.after(1) == "<closed 2/0 bound>");
}

TEST_CASE("everything the centre asks is answered", "[smpp][link]") {
  Dialogue d;
  d.said();
  CHECK(d.centre(kDeliverSm, 0, 5) == "80000005/4:5 ");
  d.bound();
  CHECK(d.centre(kEnquireLink, 0, 9) == "80000015/0:9 ");
  CHECK(d.centre(0x77, 0, 10) == "80000000/3:10 ");
  CHECK(d.centre(kAlertNotification, 0, 11).empty());
  CHECK(d.centre(kDeliverSm, 0, 12) == "<delivered>");
  d.link.answer({kDeliverSm, 0, 12, {}}, 0);
  d.link.answer({kDataSm, 0, 13, {}}, 0x64);
  CHECK(d.said() == "80000005/0:12 80000103/64:13 ");
}

TEST_CASE("a throttled session rests twice as long each time, and then opens one by one", "[smpp][link]") {
  Dialogue d;
  d.bound();
  std::string waits;
  for (int i = 0; i < 8; ++i) {
    d.link.pause(d.now);
    d.link.pause(d.now);
    waits += std::to_string((d.link.paused_until() - d.now) / kSecond) + " ";
    CHECK_FALSE(d.link.has_room(d.link.paused_until() - 1));
    d.now = d.link.paused_until();
    CHECK(d.link.has_room(d.now));
  }
  CHECK(waits == "1 2 4 8 16 32 64 64 ");
  d.submits(1);
  CHECK_FALSE(d.link.has_room(d.now));
  d.centre(kAnswer, 0, 2, id("a"));
  d.submits(1);
  CHECK(d.link.has_room(d.now));
  d.submits(1);
  CHECK_FALSE(d.link.has_room(d.now));
  d.centre(kAnswer, 0, 3, id("b"));
  d.link.pause(d.now);
  CHECK(d.link.paused_until() - d.now == kSecond);
}

TEST_CASE("a generic_nack is the answer of its sequence, or the end", "[smpp][link]") {
  Dialogue d;
  d.bound().submits(1);
  CHECK(d.centre(kGenericNack, 0x03, 2) == "<100=3>");
  CHECK(d.centre(kGenericNack, 0x03, 0) == "<closed 6/0 bound>");
}

TEST_CASE("a submit that was taken under no readable id was taken", "[smpp][link]") {
  Dialogue d;
  d.bound().submits(2);
  CHECK(d.centre(kAnswer, 0, 2, "no end") == "<100=0>");
  CHECK(d.centre(kAnswer, 0, 3) == "<101=0>");
}

TEST_CASE("we leave with an unbind, and do not wait long for its answer", "[smpp][link]") {
  Dialogue d;
  d.bound();
  d.link.unbind(d.now);
  CHECK(d.said() == "6/0:2 ");
  SECTION("answered") { CHECK(d.centre(kUnbind | kResponse, 0, 2) == "<closed 0/0 bound>"); }
  SECTION("not answered") { CHECK(d.after(1) == "<closed 0/0 bound>"); }
}

}  // namespace vestitel::smpp::test
