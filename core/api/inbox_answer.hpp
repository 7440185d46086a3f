// An answer of the inbox as bytes.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/api/inbox_problem.hpp"
#include "core/base/clock.hpp"

namespace vestitel {

struct InboxAnswer {
  std::uint32_t status = 200;
  std::string type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

InboxAnswer answer_of(Problem problem);

// Everything before the body; `size`: of the body that follows.
std::string answer_head(const InboxAnswer& answer, std::uint64_t size, bool close, Instant now);

}  // namespace vestitel
