#include "core/delivery/sink_health.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace std::chrono_literals;

namespace vestitel::test {
namespace {

// The lines of a sink's health, each "name key=value ...".
class Lines {
 public:
  LogWriter writer() {
    return [this](log::Level, std::string_view name, std::initializer_list<log::Field> fields) {
      std::ostringstream line;
      line << name;
      for (const log::Field& field : fields) {
        line << ' ' << field.key << '=';
        std::visit([&](const auto& value) { line << value; }, field.value);
      }
      lines_.push_back(line.str());
    };
  }
  std::vector<std::string> take() { return std::exchange(lines_, {}); }

 private:
  std::vector<std::string> lines_;
};

Verdict verdict(VerdictKind kind, const std::string& reason = "", RetryScope scope = RetryScope::kLink) {
  Verdict v;
  v.kind = kind;
  v.scope = scope;
  v.reason = reason;
  return v;
}

using Text = std::vector<std::string>;

}  // namespace

TEST_CASE("a sink that fails says so once, and once that it works again", "[health]") {
  Lines lines;
  SinkHealth health("mail", lines.writer());
  for (Micros now = 0s; now < 10s; now += 1s) health.judged(verdict(VerdictKind::kRetry, "refused"), 500ms, now);
  CHECK(lines.take() == Text{"sink_failing sink=mail verdict=retry reason=refused"});
  CHECK(health.standing(10s).failing);
  CHECK(health.standing(10s).failing_for == 10s);
  health.judged(verdict(VerdictKind::kAccepted), {}, 45s);
  health.judged(verdict(VerdictKind::kAccepted), {}, 46s);
  CHECK(lines.take() == Text{"sink_recovered sink=mail after_s=45"});
  CHECK_FALSE(health.standing(46s).failing);
  CHECK(health.standing(46s).reason.empty());
}

TEST_CASE("an answer that never came is a failure of the sink, one about an address is not", "[health]") {
  Lines lines;
  SinkHealth health("mail", lines.writer());
  health.judged(verdict(VerdictKind::kContactDead, "550"), {}, 0s);
  health.judged(verdict(VerdictKind::kPermanent, "554"), {}, 0s);
  CHECK(lines.take().empty());
  health.judged(verdict(VerdictKind::kUnknown, "no answer to the final dot"), {}, 0s);
  CHECK(lines.take() == Text{"sink_failing sink=mail verdict=unknown reason=no answer to the final dot"});
}

TEST_CASE("a pause is told once, with its length, and so is its end", "[health]") {
  Lines lines;
  SinkHealth health("mail", lines.writer());
  for (int message = 0; message < 50; ++message) health.judged(verdict(VerdictKind::kConfigError, "535 no"), 30s, 0s);
  CHECK(lines.take() == Text{"sink_failing sink=mail verdict=config_error reason=535 no",
                             "sink_paused sink=mail for_s=30 reason=535 no"});
  CHECK(health.pauses_in_a_row() == 1);
  CHECK(health.standing(10s).paused_for == 20s);
  health.tick(29s);
  CHECK(lines.take().empty());
  health.tick(30s);
  health.tick(31s);
  CHECK(lines.take() == Text{"sink_resumed sink=mail"});
  health.judged(verdict(VerdictKind::kConfigError, "535 no"), 60s, 31s);
  CHECK(lines.take() == Text{"sink_paused sink=mail for_s=60 reason=535 no"});
  CHECK(health.pauses_in_a_row() == 2);
}

TEST_CASE("what was not delivered is counted in one line a minute", "[health]") {
  Lines lines;
  SinkHealth health("mail", lines.writer());
  health.judged(verdict(VerdictKind::kPermanent, "554 no"), {}, 0s);
  health.settled({1, 0, 1, 0, 0}, 0s);
  CHECK(lines.take() == Text{"messages_not_delivered sink=mail dead=1 held=0 put_off=0 last_reason=554 no"});
  for (Micros now = 1s; now < 60s; now += 1s) health.settled({4, 0, 2, 1, 1}, now);
  CHECK(lines.take().empty());
  health.tick(60s);
  CHECK(lines.take() == Text{"messages_not_delivered sink=mail dead=118 held=59 put_off=59 last_reason=554 no"});
  health.settled({1, 0, 0, 1, 3}, 61s);
  health.close(62s);
  CHECK(lines.take() == Text{"messages_not_delivered sink=mail dead=0 held=1 put_off=0 last_reason=554 no"});
  health.close(63s);
  CHECK(lines.take().empty());
}

TEST_CASE("no personal value and no control character reaches a line of the log", "[health]") {
  Lines lines;
  SinkHealth health("mail", lines.writer());
  health.judged(verdict(VerdictKind::kUnknown,
                        "<p1@example.test> 8502280000\n\xC2\x9B"
                        "2J"),
                {}, 0s);
  CHECK(lines.take() == Text{"sink_failing sink=mail verdict=unknown reason=[address] [number]  2J"});
}

}  // namespace vestitel::test
