#include "core/model/event.hpp"

namespace vestitel {

EventPolicy policy_of(std::span<const Attribute> attributes) {
  EventPolicy policy;
  for (const auto& [key, value] : attributes) {
    if (key == "payer") policy.other_payer = !value.empty() && value != "nzok";
    if (key == "subject.confidential") policy.confidential = value == "1";
  }
  return policy;
}

}  // namespace vestitel
