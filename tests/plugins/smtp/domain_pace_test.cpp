#include "plugins/sinks/smtp/domain_pace.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <map>
#include <random>

#include "plugins/sinks/smtp/paced_batch.hpp"

namespace vestitel::smtp::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kNever = INT64_MAX;

std::string show(const PacedBatch::Next& next) {
  switch (next.kind) {
    case PacedBatch::Next::Kind::go: return "go " + std::to_string(next.number);
    case PacedBatch::Next::Kind::later:
      return "later " + std::to_string(next.number) + " " + std::to_string(next.after_us / 1000);
    case PacedBatch::Next::Kind::none: break;
  }
  return "none";
}

}  // namespace

TEST_CASE("a rate is a number a second, a minute or an hour", "[smtp][pace]") {
  CHECK(interval_of_rate("1/s") == kSecond);
  CHECK(interval_of_rate("4/s") == kSecond / 4);
  CHECK(interval_of_rate("60/m") == kSecond);
  CHECK(interval_of_rate("100/h") == 36 * kSecond);
  CHECK(interval_of_rate("7/s") == 142'858);  // rounded up: never more than asked for
  CHECK(interval_of_rate("1000000/s") == 1);
  for (const char* bad : {"", "1", "/s", "0/s", "-1/s", "1/d", "1/ s", "1/ss", "1000001/s", "1.5/s", " 1/s", "1s"})
    CHECK_FALSE(interval_of_rate(bad));
}

TEST_CASE("mails to one domain are spread evenly, and other domains know nothing of it", "[smtp][pace]") {
  DomainPace pace({0, 10 * kSecond});
  CHECK(pace.turn("a.test", 0) == 0);
  pace.began("a.test", 0);
  CHECK(pace.turn("a.test", 1) == 10 * kSecond);
  CHECK(pace.turn("b.test", 1) == 1);
  pace.began("a.test", 10 * kSecond);
  CHECK(pace.turn("a.test", 10 * kSecond) == 20 * kSecond);
  CHECK(pace.turn("a.test", 100 * kSecond) == 100 * kSecond);  // what was not used is not saved up
}

TEST_CASE("no more than so many are under way to one domain", "[smtp][pace]") {
  DomainPace pace({2, 0});
  const std::string first = pace.began("a.test", 0);
  CHECK(pace.turn("a.test", 0) == 0);
  pace.began("a.test", 0);
  CHECK(pace.turn("a.test", 0) == DomainPace::kWhenOneEnds);
  CHECK(pace.turn("b.test", 0) == 0);
  pace.ended(first);
  CHECK(pace.turn("a.test", 0) == 0);
}

TEST_CASE("whatever comes, no window holds more of a domain than the rate, and none is over its number",
          "[smtp][pace]") {
  DomainPace pace({3, kSecond / 5});
  std::mt19937 random(7);
  std::map<std::string, std::deque<std::int64_t>> starts;
  std::map<std::string, std::deque<std::string>> under_way;
  std::size_t started = 0;
  std::int64_t now = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<std::int64_t>(random() % 30'000);
    const std::string domain(1, static_cast<char>('a' + random() % 3));
    auto& open = under_way[domain];
    if (!open.empty() && random() % 2 == 0) {
      pace.ended(open.front());
      open.pop_front();
    }
    if (pace.turn(domain, now) > now) continue;
    open.push_back(pace.began(domain, now));
    REQUIRE(open.size() <= 3);
    auto& last = starts[domain];
    last.push_back(now);
    while (last.front() <= now - kSecond) last.pop_front();
    REQUIRE(last.size() <= 5);
    ++started;
  }
  CHECK(started > 1'000);
}

TEST_CASE("what is put off comes back one by one, within an hour", "[smtp][pace]") {
  DomainPace pace({0, 60 * kSecond});
  pace.began("a.test", 0);
  CHECK(pace.postpone("a.test", 0) == 60 * kSecond);
  CHECK(pace.postpone("a.test", 0) == 120 * kSecond);
  CHECK(pace.postpone("a.test", kSecond) == 179 * kSecond);
  CHECK(pace.postpone("b.test", 0) > 0);
  for (int i = 0; i < 1'000; ++i) CHECK(pace.postpone("a.test", 0) <= DomainPace::kLongestWait);
  DomainPace crowded({2, 0});
  CHECK(crowded.postpone("a.test", 0) == kSecond / 2);
  CHECK(crowded.postpone("a.test", 0) == kSecond);
}

TEST_CASE("a backlog leaves at the rate, however it was put off", "[smtp][pace]") {
  DomainPace pace({0, kSecond});
  std::multimap<std::int64_t, int> due;
  for (int i = 0; i < 500; ++i) due.emplace(0, 0);
  std::size_t attempts = 0;
  std::int64_t last = 0;
  while (!due.empty()) {
    const auto [now, tries] = *due.begin();
    due.erase(due.begin());
    ++attempts;
    REQUIRE(tries < 20);
    if (pace.turn("a.test", now) <= now) {
      pace.began("a.test", last = now);
    } else {
      due.emplace(now + pace.postpone("a.test", now), tries + 1);
    }
  }
  CHECK(last == 499 * kSecond);
  CHECK(attempts <= 1'000);
}

TEST_CASE("a flood of domains costs bounded memory and loosens no limit", "[smtp][pace]") {
  DomainPace pace({1, 3600 * kSecond});
  pace.began("real.test", 0);
  std::size_t started = 0;
  for (std::size_t i = 0; i < 5 * DomainPace::kMaxDomains; ++i) {
    const std::string domain = std::to_string(i) + ".test";
    if (pace.turn(domain, 1) > 1) continue;
    pace.began(domain, 1);
    ++started;
  }
  CHECK(pace.known() <= DomainPace::kMaxDomains + 1);
  CHECK(started <= DomainPace::kMaxDomains);
  CHECK(pace.turn("real.test", 2) == DomainPace::kWhenOneEnds);
}

TEST_CASE("what is idle is forgotten when the room is needed, what is under way is not", "[smtp][pace]") {
  DomainPace pace({1, kSecond});
  const std::string open = pace.began("open.test", 0);
  for (std::size_t i = 0; i < 2 * DomainPace::kMaxDomains; ++i) {
    const std::string domain = std::to_string(i) + ".test";
    const auto now = static_cast<std::int64_t>(i) * kSecond;
    REQUIRE(pace.turn(domain, now) == now);
    pace.ended(pace.began(domain, now));
  }
  CHECK(pace.known() <= DomainPace::kMaxDomains);
  CHECK(pace.turn("open.test", kNever / 2) == DomainPace::kWhenOneEnds);
  pace.ended(open);
  CHECK(pace.turn("open.test", kNever / 2) == kNever / 2);
}

TEST_CASE("a batch goes in order, and lets pass what has to wait", "[smtp][pace]") {
  DomainPace pace({0, kSecond / 2});
  PacedBatch batch(pace, {"a", "a", "b", "a", "b"}, kSecond);
  CHECK(show(batch.next(0)) == "go 0");
  CHECK(show(batch.next(0)) == "go 2");
  CHECK(show(batch.next(0)) == "none");
  CHECK(batch.due() == kSecond / 2);
  CHECK(batch.left() == 3);
  CHECK(show(batch.next(kSecond / 2)) == "go 1");
  CHECK(show(batch.next(kSecond / 2)) == "go 4");
  CHECK(show(batch.next(kSecond)) == "go 3");
  CHECK(show(batch.next(kSecond)) == "none");
  CHECK(batch.due() == kNever);
}

TEST_CASE("a turn beyond the keep is a later, and says when", "[smtp][pace]") {
  DomainPace pace({0, 60 * kSecond});
  PacedBatch batch(pace, {"a", "a", "a", "b"}, kSecond);
  CHECK(show(batch.next(0)) == "go 0");
  CHECK(show(batch.next(0)) == "later 1 60000");
  CHECK(show(batch.next(0)) == "later 2 120000");
  CHECK(show(batch.next(0)) == "go 3");
  CHECK(batch.left() == 0);
}

TEST_CASE("one that waits for another to end goes then, or is put off when the keep is over", "[smtp][pace]") {
  DomainPace pace({1, 0});
  PacedBatch batch(pace, {"a", "a", "a"}, kSecond);
  CHECK(show(batch.next(0)) == "go 0");
  CHECK(show(batch.next(0)) == "none");
  CHECK(batch.due() == kSecond);
  batch.ended(0);
  CHECK(show(batch.next(1)) == "go 1");
  CHECK(show(batch.next(kSecond)) == "later 2 1000");
  CHECK(show(batch.next(kSecond)) == "none");
  CHECK(batch.due() == kNever);
}

TEST_CASE("what has no domain waits for nobody", "[smtp][pace]") {
  DomainPace pace({1, 3600 * kSecond});
  PacedBatch batch(pace, {"", "", "a", "a"}, 0);
  for (const char* go : {"go 0", "go 1", "go 2"}) CHECK(show(batch.next(0)) == go);
  batch.ended(0);
  CHECK(show(batch.next(0)) == "later 3 3600000");
  CHECK(pace.known() == 1);
}

TEST_CASE("without limits a batch goes as it came, and nothing is remembered", "[smtp][pace]") {
  DomainPace pace({});
  PacedBatch batch(pace, {"", "", ""}, 0);
  for (const char* go : {"go 0", "go 1", "go 2"}) CHECK(show(batch.next(kSecond)) == go);
  CHECK(pace.known() == 0);
}

}  // namespace vestitel::smtp::test
