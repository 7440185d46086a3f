#include "core/delivery/batch_size.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace vestitel::test {

TEST_CASE("batches grow where a sink is through with them at once, and shrink again", "[batch size]") {
  BatchSize size(10'000);
  CHECK(size.value() == BatchSize::kUsual);
  size.delivered(size.value(), size.value(), 200ms);
  CHECK(size.value() == 2 * BatchSize::kUsual);
  size.delivered(size.value() - 1, size.value() - 1, 100ms);  // there was no more: a larger one would change nothing
  CHECK(size.value() == 2 * BatchSize::kUsual);
  size.delivered(size.value(), size.value(), 500ms);
  CHECK(size.value() == 2 * BatchSize::kUsual);
  for (int i = 0; i < 5; ++i) size.delivered(size.value(), size.value(), 100ms);
  CHECK(size.value() == BatchSize::kMost);
  size.delivered(size.value(), size.value(), 2s);
  CHECK(size.value() == BatchSize::kUsual);
}

TEST_CASE("batches grow faster where there is much time left", "[batch size]") {
  BatchSize size(10'000);
  size.delivered(size.value(), size.value(), 50ms);
  CHECK(size.value() == 4 * BatchSize::kUsual);
}

TEST_CASE("where a message must not go twice, batches are small until they are known to go soon", "[batch size]") {
  BatchSize size(1'000, BatchSize::kCareful);
  CHECK(size.value() == BatchSize::kCareful);
  size.delivered(size.value(), size.value(), 600ms);
  CHECK(size.value() == BatchSize::kCareful);
  for (int i = 0; i < 3; ++i) size.delivered(size.value(), size.value(), 200ms);
  CHECK(size.value() == 8 * BatchSize::kCareful);
  size.delivered(size.value(), size.value(), 2s);
  CHECK(size.value() == BatchSize::kCareful);
}

TEST_CASE("a sink that refuses fast gets no larger batches", "[batch size]") {
  BatchSize size(10'000);
  for (int i = 0; i < 5; ++i) size.delivered(size.value(), size.value() / 2, 1ms);
  CHECK(size.value() == BatchSize::kUsual);
}

TEST_CASE("a batch that takes far too long becomes a small one", "[batch size]") {
  BatchSize size(10'000);
  size.delivered(1'000, 1'000, 11s);
  CHECK(size.value() == 500);
  size.delivered(500, 500, 2s);  // no larger than it was
  CHECK(size.value() == 500);
  for (int i = 0; i < 9; ++i) size.delivered(size.value(), 1, 60s);
  CHECK(size.value() == BatchSize::kLeast);
  size.delivered(64, 64, 200ms);
  CHECK(size.value() == 2 * BatchSize::kLeast);
}

TEST_CASE("a batch is never larger than the sink takes", "[batch size]") {
  BatchSize one(0), ten(10);
  for (int i = 0; i < 5; ++i) one.delivered(1, 1, 1ms), ten.delivered(10, 10, 1ms);
  CHECK(one.value() == 1);
  CHECK(ten.value() == 10);
  for (int i = 0; i < 5; ++i) ten.delivered(10, 10, 5s);
  CHECK(ten.value() == 10);
}

}  // namespace vestitel::test
