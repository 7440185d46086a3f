// The figures that plugins keep (vestitel.metric/1), for the operator.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel {

class PluginMetrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  static constexpr std::size_t kMostOfInstance = 64;

  // `kind`: VESTITEL_COUNTER and so on. Names and labels as the ABI has them; a label that looks like a person's number
  // or address is refused. The same again: the same handle; with another kind: kInvalid. Thread: any, as of all here.
  Result<std::uint32_t> define(std::string_view instance, std::int32_t kind, std::string_view name,
                               std::string_view help, Labels labels);
  // A handle of another instance, and a value that is no number, change nothing.
  void update(std::string_view instance, std::uint32_t handle, double value);

  // The text form of Prometheus, sorted; "" where there are none.
  [[nodiscard]] std::string text() const;

 private:
  struct Series {
    std::string instance, labels;  // labels: as they are printed, the instance first
    std::int32_t kind = 0;
    double value = 0;  // counter, gauge; the sum of a histogram
    std::uint64_t count = 0;
    std::vector<std::uint64_t> buckets;
  };
  struct Family {
    std::int32_t kind = 0;
    std::string help;
    std::map<std::string, std::uint32_t> series;  // by labels: index
  };

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;  // by name
  std::vector<Series> series_;              // a handle is an index
};

}  // namespace vestitel
