// Running strange code in a process of its own, for one answer: what crashes, hangs or prints there does so there.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "core/base/result.hpp"

namespace vestitel {

struct AnswerLimits {
  std::chrono::milliseconds time{30'000};
  std::uint64_t answer = 64UL << 20;  // bytes
  std::uint64_t memory = 2UL << 30;   // address space
  bool nobody = true;                 // gives up the rights of root; false for an author's own build
};

// Runs `body` in a child and returns its answer. The child has a session of its own, no output, no core dump, limits on
// memory and processor time, no new privileges; where the caller is root it becomes nobody, without a network, unless
// told otherwise. At the deadline the whole session is killed. kInternal: it ended without an answer; the message says
// how.
Result<std::string> answer_of_child(const std::function<Result<std::string>()>& body, const AnswerLimits& limits = {});

}  // namespace vestitel
