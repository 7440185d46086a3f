// A feed read to its end in a process of its own, to be killed: feed_step STORE RECORDS.
#include <cstdio>
#include <cstdlib>

#include "core/intake/feed_cycle.hpp"
#include "tests/intake/upstream.hpp"

int main(int argc, char** argv) {
  using namespace vestitel;
  using namespace vestitel::test;
  if (argc != 3) return 2;
  SystemClock clock;
  SystemRandom random;
  SeededRandom of_keys(7);
  auto store = sqlite::Store::open({argv[1], "node-1"}, derive_keys(SecretKey::random(of_keys)), clock, random,
                                   [](const std::string&) { std::_Exit(75); });
  if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 3;
  Upstream upstream(std::atoi(argv[2]));
  FeedSettings settings;
  settings.instance = "feed";
  settings.max_events = 7;
  FeedCycle cycle(upstream, (*store)->feeds(), clock, random, settings, {});
  cycle.steer();
  while (cycle.step({}) == Micros{0}) {
  }
  return cycle.standing().state == FeedState::kWaiting ? 0 : 4;
}
