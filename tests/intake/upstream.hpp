// The other side of a feed in tests: numbered records that it hands out behind a cursor, and how a poll goes wrong.
#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "core/ports/source.hpp"
#include "tests/support/store_rig.hpp"

namespace vestitel::test {

class Upstream final : public Feed {
 public:
  explicit Upstream(int count) : records(count) {}

  // Emits record by record behind the cursor, keeps what the cursor is under "read", commits.
  Result<FeedAnswer> poll(std::string_view cursor, std::uint32_t max_events, FeedReceiver& out) override {
    asked.emplace_back(cursor);
    if (!troubles.empty()) {
      const auto trouble = std::move(troubles.front());
      troubles.pop_front();
      return trouble(out);
    }
    const int from = cursor.empty() ? 0 : std::stoi(std::string(cursor));
    const int to = std::min(records, from + static_cast<int>(max_events));
    for (int i = from; i < to; ++i)
      if (auto taken = out.receive(one(i)); !taken) return taken.error();
    const std::string next = std::to_string(to);
    if (auto kept = out.change({"read", next}); !kept) return kept.error();
    if (auto committed = out.commit(next); !committed) return committed.error();
    return FeedAnswer{to < records};
  }

  static EventBatch one(int number) { return StoreRig::batch({{number, "r" + std::to_string(number)}}); }

  int records;
  std::vector<std::string> asked;  // the cursor of each poll
  // What the next polls do instead, each once.
  std::deque<std::function<Result<FeedAnswer>(FeedReceiver& out)>> troubles;
};

}  // namespace vestitel::test
