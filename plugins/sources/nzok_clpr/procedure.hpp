// A hospital's file of procedures: what the format looks like, and how a procedure, a dispensary visit or a decision of
// a commission becomes an event.
#pragma once
#include <string>

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"

namespace nzok_clpr {

extern const sources::Format kFormat;

class Procedures final : public sources::Mapping {
 public:
  explicit Procedures(const vestitel::Date& today) : today_(today) {}

  sources::Fault head(sources::Tree& head) override;
  sources::Fault record(sources::Tree& record, vestitel::Emit& out) override;

 private:
  friend class Procedure;
  const vestitel::Date today_;
  std::string facility_, facility_name_, region_, from_, to_;
  std::string scope_, key_, number_;
};

}  // namespace nzok_clpr
