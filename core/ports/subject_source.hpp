// Whom a feed may ask a registry about: people who have subscribed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/identifier.hpp"

namespace vestitel {

struct Subject {
  std::int64_t person = 0;  // the cursor: pass the last one on
  Identifier identifier;
};

class SubjectSource {
 public:
  virtual ~SubjectSource() = default;
  // People with at least one live subscription, in the order of their numbers, after that one; at most `max`. An erased
  // person is not among them. Thread: any.
  virtual Result<std::vector<Subject>> subscribed_after(std::int64_t person, std::size_t max) = 0;
};

}  // namespace vestitel
