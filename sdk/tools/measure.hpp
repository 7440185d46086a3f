// Measuring a plugin in one home: the same work over and over for some seconds.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sdk/tools/target.hpp"
#include "sdk/tools/trial.hpp"

namespace vestitel {

// The homes that are measured side by side.
std::vector<const TryHome*> bench_homes();

struct MeasureRequest {
  const TryHome& home;
  const TryTarget& target;
  std::string_view input;
  std::string file;
  std::size_t batch = 256;
  double seconds = 3;
};

struct Measured {
  std::string home, what;  // "events" or "messages"
  std::size_t batch = 0;   // that was asked for
  std::uint64_t items = 0, batches = 0, bytes = 0;
  double seconds = 0;
  double p50_us = 0, p99_us = 0;  // of a batch, from the moment the plugin could begin it

  [[nodiscard]] double rate() const { return seconds > 0 ? static_cast<double>(items) / seconds : 0; }
  [[nodiscard]] double mib_per_second() const {
    return seconds > 0 ? static_cast<double>(bytes) / seconds / 1048576 : 0;
  }
  [[nodiscard]] double mean_batch() const {
    return batches > 0 ? static_cast<double>(items) / static_cast<double>(batches) : 0;
  }
};

// Runs plugin code: call it in a child.
Result<Measured> measure(const MeasureRequest& request, const TryOptions& options, ChildProgress& progress);

}  // namespace vestitel
