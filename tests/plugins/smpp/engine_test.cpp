// The engine on a network that the test plays, by a clock that moves when the engine waits.
#include "plugins/sinks/smpp/engine.hpp"

#include <catch2/catch.hpp>

#include <vestitel/testing/render.hpp>

namespace vestitel::smpp::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

struct World;

// A centre that answers a bind with `status`.
class Line final : public sinks::Stream {
 public:
  explicit Line(World& world) : world_(world) {}
  sinks::Connected connected() override { return sinks::Connected::done; }
  sinks::IoResult read(char* into, std::size_t cap) override;
  sinks::IoResult write(std::string_view bytes) override;

 private:
  World& world_;
  Frames frames_;
  std::string answers_;
};

struct World final : sinks::Network {
  std::int64_t now_us() override { return now; }
  std::unique_ptr<sinks::Stream> connect() override {
    connects.push_back(now / kSecond);
    if (connects.size() >= most) engine->stop();
    return reachable ? std::make_unique<Line>(*this) : nullptr;
  }
  void wait(std::vector<sinks::Interest>& interests, std::int64_t until) override {
    bool any = false;
    for (auto& interest : interests) any = interest.ready = true;
    if (++waits > 1000 || (until == INT64_MAX && !any)) return engine->stop();
    if (quiet) now = std::max(now, until);
    quiet = true;
  }
  Outside outside() {
    return {*this,
            nullptr,
            [] { return std::int64_t{1}; },
            [this] { return luck; },
            [](const Pdu&, bool) { return std::uint32_t{0}; },
            [](const std::vector<std::string>&) {},
            [this](std::string_view event, std::string_view detail) {
              alerts += std::string(event) + " " + std::string(detail) + ";";
            }};
  }
  std::string run(std::size_t times) {
    most = times;
    Engine made(options, outside());
    engine = &made;
    made.run();
    std::string out;
    for (const std::int64_t at : connects) out += std::to_string(at) + " ";
    return out;
  }

  EngineOptions options;
  Engine* engine = nullptr;
  std::int64_t now = 0;
  std::vector<std::int64_t> connects;
  std::size_t most = 0, waits = 0;
  double luck = 1;
  bool reachable = false, quiet = true;
  std::uint32_t status = 0;
  std::string alerts, parts_of_writes;
};

sinks::IoResult Line::read(char* into, std::size_t cap) {
  if (answers_.empty()) return {sinks::IoResult::Kind::again};
  const std::size_t size = answers_.copy(into, cap);
  answers_.erase(0, size);
  return {sinks::IoResult::Kind::done, size};
}

sinks::IoResult Line::write(std::string_view bytes) {
  frames_.feed(bytes);
  std::size_t parts = 0;
  for (Pdu pdu; frames_.next(pdu) == Frames::State::pdu;) {
    parts += pdu.command == kSubmitSm ? 1 : 0;
    answers_ += encode({pdu.command | kResponse, world_.status, pdu.sequence, std::string(1, '\0')});
  }
  if (parts > 0) world_.parts_of_writes += std::to_string(parts) + " ";
  world_.quiet = false;
  return {sinks::IoResult::Kind::done, bytes.size()};
}

}  // namespace

TEST_CASE("a centre out of reach is tried later each time, the latter half at random", "[smpp][engine]") {
  World unlucky, lucky;
  lucky.luck = 0;
  CHECK(unlucky.run(8) == "0 10 30 70 150 310 610 910 ");
  CHECK(lucky.run(8) == "0 5 15 35 75 155 305 455 ");
}

TEST_CASE("a bind refused for now is tried again, a login is not", "[smpp][engine]") {
  World busy, wrong;
  busy.reachable = wrong.reachable = true;
  busy.status = 0x0D;
  wrong.status = 0x0E;
  CHECK(busy.run(4) == "0 10 30 70 ");
  CHECK(busy.alerts.empty());
  CHECK(wrong.run(4) == "0 ");
  CHECK(wrong.alerts == "smpp_login_refused RINVPASWD (0E);");
}

TEST_CASE("what the window has room for leaves in one write", "[smpp][engine]") {
  World world;
  world.reachable = true;
  world.most = 2;
  Engine engine(world.options, world.outside());
  world.engine = &engine;
  std::size_t taken = 0;
  const auto call = std::make_shared<Call>(
      [](std::uint32_t) {},
      [&](std::uint32_t, const Verdict& verdict) { taken += verdict.kind() == VESTITEL_ACCEPTED; });
  std::vector<Parcel> parcels;
  for (std::uint32_t i = 0; i < 25; ++i)
    parcels.push_back({i, "key", "person " + std::to_string(i), {"body"}, 30 * kSecond});
  const bool handed_over = engine.hand_over(std::move(parcels), call);
  REQUIRE(handed_over);
  engine.run();
  CHECK(world.parts_of_writes == "10 10 5 ");
  CHECK(taken == 25);
}

TEST_CASE("why no link is there says whether a person has to mend it", "[smpp][engine][verdict]") {
  struct Case {
    Ending ending;
    const char* shown;
  };
  const auto c = GENERATE(values<Case>({
      {{Fault::lost}, "retry"},
      {{Fault::timeout}, "retry"},
      {{Fault::garbage}, "retry"},
      {{Fault::unbound}, "retry"},
      {{Fault::confused}, "retry"},
      {{Fault::tls_failed}, "retry"},
      {{Fault::bad_certificate}, "config_error"},
      {{Fault::refused, 0x0D}, "retry"},
      {{Fault::refused, 0x05}, "retry"},
      {{Fault::refused, 0x08}, "retry"},
      {{Fault::refused, 0x0E}, "config_error"},
      {{Fault::refused, 0x0F}, "config_error"},
      {{Fault::refused, 0x53}, "config_error"},
  }));
  const Verdict verdict = verdict_of(c.ending, 7 * kSecond);
  CAPTURE(verdict.reason());
  const std::string text = testing::render_verdict(verdict.abi());
  CHECK(text.substr(0, text.find_first_of("(:")) == c.shown);
  if (verdict.kind() == VESTITEL_RETRY) CHECK((verdict.after().count() == 7000 && verdict.scope() == Scope::link));
}

}  // namespace vestitel::smpp::test
