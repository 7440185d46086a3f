#include "core/intake/rules.hpp"

#include "core/pipeline/validate.hpp"

namespace vestitel {
namespace {

Error denied(const Partner& partner, const std::string& why) {
  return {Failure::kDenied, "partner " + partner.id + " " + why};
}

Result<Partner> deliverer(PartnerStore& partners, const DocumentArrival& document, Instant now) {
  auto found = partners.partner(document.partner);
  if (!found) return found.error();
  if (!*found)
    return {Failure::kConfig,
            "partner " + document.partner + " is not registered; `vestitel partners add` registers it"};
  Partner& partner = **found;
  if (partner.ended && *partner.ended <= now) return denied(partner, "has ended");
  if (!partner.may_use(document.instance))
    return denied(partner,
                  "may not deliver to instance " + document.instance + "; `vestitel partners set` changes that");
  return std::move(partner);
}

}  // namespace

Validate validate_with(const Clock& clock) {
  return [&clock](const EventView& event, const DocumentArrival&) -> std::optional<Objection> {
    const Instant now = clock.now();
    const auto rejection = validate(event, now, sofia_date(now));
    if (!rejection) return std::nullopt;
    return Objection{std::string(rejection->element), std::string(rejection->reason)};
  };
}

RulesFor rules_with(const Clock& clock, PartnerStore& partners) {
  return [&clock, &partners](const DocumentArrival& document) -> Result<Validate> {
    Validate stands = validate_with(clock);
    if (document.partner.empty()) return stands;
    auto partner = deliverer(partners, document, clock.now());
    if (!partner) return partner.error();
    return Validate([stands = std::move(stands), partner = std::move(*partner)](
                        const EventView& event, const DocumentArrival& of) -> std::optional<Objection> {
      if (auto objection = stands(event, of)) return objection;
      if (partner.may_report_for(event.facility)) return std::nullopt;
      return Objection{"facility", "the partner does not report for this facility"};
    });
  };
}

}  // namespace vestitel
