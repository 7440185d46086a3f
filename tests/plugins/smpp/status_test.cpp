#include "plugins/sinks/smpp/status.hpp"

#include <catch2/catch.hpp>

#include <vestitel/testing/render.hpp>

namespace vestitel::smpp::test {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'000;

// "retry link 1000 pauses": the verdict without its words, and what it asks of the link.
std::string show(const Judgement& j) {
  constexpr const char* kScopes[] = {"", "message", "recipient", "link", "sink"};
  const Verdict& v = j.verdict;
  std::string out = testing::render_verdict(v.abi());
  out = out.substr(0, out.find_first_of(":( "));
  if (v.kind() == VESTITEL_RETRY)
    out += std::string(" ") + kScopes[static_cast<int>(v.scope())] + " " + std::to_string(v.after().count());
  if (v.kind() == VESTITEL_CONTACT_DEAD) out += v.since_us() == kNow ? " now" : " some time";
  if (j.link == LinkDoes::pauses) out += " pauses";
  if (j.link == LinkDoes::rebinds) out += " rebinds";
  return out + (j.again ? " counted" : "") + (j.our_fault ? " !" : "");
}

std::string show(const Final& f) {
  constexpr const char* kFates[] = {"under way", "delivered", "failed", "unknown"};
  std::string out = testing::render_verdict(f.verdict.abi());
  return kFates[static_cast<int>(f.fate)] +
         (f.fate == Fate::under_way ? "" : " " + out.substr(0, out.find_first_of(":(")));
}

}  // namespace

TEST_CASE("each status of an answer has one verdict", "[smpp][verdict]") {
  struct Case {
    std::uint32_t status;
    const char* shown;
  };
  const auto c = GENERATE(values<Case>({
      {0x58, "retry link 1000 pauses"},
      {0x14, "retry link 1000 pauses"},
      {0x08, "retry message 30000 counted"},
      {0x64, "retry message 30000 counted"},
      {0xFE, "retry message 30000 counted"},
      {0x04, "retry link 0 rebinds"},
      {0x05, "retry link 0 rebinds"},
      {0x0D, "retry link 0 rebinds"},
      {0x0E, "config_error"},
      {0x0F, "config_error"},
      {0x53, "config_error"},
      {0x0B, "contact_dead now"},
      {0x50, "contact_dead now"},
      {0x51, "contact_dead now"},
      {0x0A, "config_error"},
      {0x48, "config_error"},
      {0x49, "config_error"},
      {0x01, "permanent !"},
      {0x43, "permanent !"},
      {0x61, "permanent !"},
      {0x62, "permanent !"},
      {0xC0, "permanent !"},
      {0xC1, "permanent !"},
      {0xC2, "permanent !"},
      {0xC3, "permanent !"},
      {0xC4, "permanent !"},
      {0x104, "permanent !"},
      {0x02, "permanent rebinds !"},
      {0x03, "permanent rebinds !"},
      {0x45, "permanent"},
      {0x65, "permanent"},
      {0x66, "permanent"},
      {0xFF, "permanent"},
      {0x100, "config_error"},
      {0x101, "config_error"},
      {0x102, "config_error"},
      {0x103, "config_error"},
      {0x400, "permanent"},  // an operator's own
  }));
  CAPTURE(c.status);
  CHECK(show(judge(c.status, false, kNow)) == c.shown);
}

TEST_CASE("what 45 means is the operator's setting", "[smpp][verdict]") {
  CHECK(show(judge(0x45, true, kNow)) == "retry message 60000");
}

TEST_CASE("a reason tells the status and nothing else", "[smpp][verdict]") {
  CHECK(judge(0x58, false, kNow).verdict.reason() == "the centre answered RTHROTTLED (58)");
  CHECK(judge(0x4A1, false, kNow).verdict.reason() == "the centre answered status (4A1)");
}

TEST_CASE("three refusals of a bind are for a person to mend", "[smpp][verdict]") {
  for (std::uint32_t status = 0; status < 0x200; ++status)
    CHECK(refuses_login(status) == (status == 0x0E || status == 0x0F || status == 0x53));
}

TEST_CASE("each state of a receipt has one fate", "[smpp][verdict]") {
  struct Case {
    std::uint8_t state;
    bool dead;
    const char* shown;
  };
  const auto c = GENERATE(values<Case>({
      {0, false, "under way"},
      {1, false, "under way"},
      {2, false, "delivered delivered"},
      {2, true, "delivered delivered"},
      {3, false, "failed permanent"},
      {3, true, "failed permanent"},
      {4, false, "failed permanent"},
      {5, false, "failed permanent"},
      {5, true, "failed contact_dead"},
      {6, false, "under way"},
      {7, false, "unknown unknown"},
      {8, false, "failed permanent"},
      {9, false, "failed permanent"},
      {10, false, "under way"},
      {255, false, "under way"},
  }));
  CAPTURE(c.state, c.dead);
  CHECK(show(judge_state(c.state, c.dead, kNow)) == c.shown);
}

TEST_CASE("a dead subscriber is dead since the centre gave up", "[smpp][verdict]") {
  CHECK(judge_state(5, true, kNow).verdict.since_us() == kNow);
}

TEST_CASE("a fault that may pass is met three times at most", "[smpp][verdict]") {
  Tries tries;
  CHECK(tries.once_more("k1"));
  CHECK(tries.once_more("k1"));
  CHECK_FALSE(tries.once_more("k1"));
  CHECK(tries.once_more("k2"));
  tries.ended("k1");
  CHECK(tries.once_more("k1"));
}

}  // namespace vestitel::smpp::test
