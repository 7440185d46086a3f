// What enrolment needs of the store: people, their addresses and what they subscribed to.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/result.hpp"
#include "core/model/subscription.hpp"

namespace vestitel {

struct EnrolmentOutcome {
  std::int64_t added = 0;    // subscriptions that were not there before
  std::int64_t renewed = 0;  // address, cadence or language changed, or a dead address revived
  std::int64_t unchanged = 0;
};

class DirectoryStore {
 public:
  virtual ~DirectoryStore() = default;

  // Applies a batch of enrolments in one transaction, durable when this returns. A person not met before is made.
  virtual Result<EnrolmentOutcome> enrol(std::span<const Enrolment> enrolments) = 0;

  virtual Result<std::optional<PersonId>> find_person(const Identifier& identifier) = 0;

  // False: there was none.
  virtual Result<bool> cancel(PersonId person, Channel channel) = 0;
};

}  // namespace vestitel
