// The daily file of a hospital: what the format looks like, and how an admission or a discharge becomes an event.
#pragma once
#include <string>

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"

namespace nzok_cpfile {

extern const sources::Format kFormat;

class Stays final : public sources::Mapping {
 public:
  explicit Stays(const vestitel::Date& today) : today_(today) {}

  sources::Fault head(sources::Tree& head) override;
  sources::Fault record(sources::Tree& record, vestitel::Emit& out) override;

  // Admissions and discharges of newborn children that have no number of their own: there is nobody to tell.
  std::uint64_t newborns() const { return newborns_; }

 private:
  friend class Stay;
  const vestitel::Date today_;
  std::string facility_, facility_name_, region_;
  std::string scope_, key_, number_, case_;
  std::uint64_t newborns_ = 0;
};

}  // namespace nzok_cpfile
