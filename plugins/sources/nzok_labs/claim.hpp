// The monthly claim of a laboratory: what is known of the format, and how a form becomes an event.
#pragma once
#include <string>

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"

namespace nzok_labs {

extern const sources::Format kFormat;

class Claim final : public sources::Mapping {
 public:
  explicit Claim(const vestitel::Date& today) : today_(today) {}

  sources::Fault head(sources::Tree& head) override;
  sources::Fault record(sources::Tree& record, vestitel::Emit& out) override;

 private:
  friend class Form;
  const vestitel::Date today_;
  std::string facility_, facility_name_, region_, from_, to_;
  std::string scope_, key_;
};

}  // namespace nzok_labs
