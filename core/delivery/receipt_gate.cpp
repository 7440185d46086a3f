#include "core/delivery/receipt_gate.hpp"

#include <functional>

namespace vestitel {

Result<> ReceiptGate::take_receipt(std::string_view sink, std::string_view provider_id, const Verdict& verdict) {
  return store_.take_receipt(sink, provider_id, judged(sink, provider_id, verdict));
}

// One message counts as one person.
Verdict ReceiptGate::judged(std::string_view sink, std::string_view provider_id, const Verdict& verdict) {
  const std::lock_guard lock(mutex_);
  const auto message = static_cast<PersonId>(std::hash<std::string_view>()(provider_id) >> 1);
  Verdict believed = dead_.judged({message, Channel::kSms}, verdict);
  if (!dead_.take_back().empty()) log::error("addresses_doubted", {{"sink", sink}, {"reason", believed.reason}});
  if (believed.kind == VerdictKind::kConfigError) believed.kind = VerdictKind::kPermanent;
  return believed;
}

}  // namespace vestitel
