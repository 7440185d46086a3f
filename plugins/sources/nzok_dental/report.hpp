// The monthly report of a dentist: what the format looks like, and how a treatment sheet becomes events.
#pragma once
#include <string>

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"

namespace nzok_dental {

extern const sources::Format kFormat;

class Report final : public sources::Mapping {
 public:
  explicit Report(const vestitel::Date& today) : today_(today) {}

  sources::Fault head(sources::Tree& head) override;
  sources::Fault record(sources::Tree& record, vestitel::Emit& out) override;

  // RCZCode:dentistPersonalCode:YYYY-MM; empty before the head is read.
  const std::string& scope() const { return scope_; }
  // Sheets without a service.
  std::uint64_t idle() const { return idle_; }

 private:
  friend class Sheet;
  const vestitel::Date today_;
  std::string facility_, facility_name_, region_, dentist_, dentist_name_, specialty_, from_, to_, scope_;
  vestitel::Date period_from_, period_to_;
  std::string key_;
  std::uint64_t idle_ = 0;
};

}  // namespace nzok_dental
