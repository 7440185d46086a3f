// A document of answers: what the format looks like, and how a record becomes an event.
#pragma once
#include "plugins/sources/common/record_reader.hpp"
#include "reply.hpp"

namespace nap {

extern const sources::Format kFormat;

class Statuses final : public sources::Mapping {
 public:
  explicit Statuses(const vestitel::Date& today) : today_(today) {}

  sources::Fault head(sources::Tree&) override { return {}; }
  sources::Fault record(sources::Tree& record, vestitel::Emit& out) override;

  // Answers that say nothing, and refusals: neither is an event.
  std::uint64_t without_data() const { return without_data_; }
  std::uint64_t refusals() const { return refusals_; }

 private:
  void count(Said said);

  const vestitel::Date today_;
  vestitel::Date last_;  // the day of the record before
  std::uint64_t without_data_ = 0, refusals_ = 0;
};

// The three kinds of number that the register knows: 0 egn, 1 lnch, 2 nap.
sources::Subject subject_of(const sources::Value& type, const sources::Value& pin, sources::Checks& checks);

}  // namespace nap
