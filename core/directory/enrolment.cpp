#include "core/directory/enrolment.hpp"

#include "core/model/identifier_checks.hpp"

namespace vestitel {
namespace {

EnrolmentAnswer refused(std::uint32_t column, const char* element, std::string reason) {
  EnrolmentAnswer answer;
  answer.fault.column = column;
  answer.fault.element = element;
  answer.fault.reason = std::move(reason);
  return answer;
}

}  // namespace

// Columns are those of the shortest header; a CSV puts its own in their place.
EnrolmentAnswer make_enrolment(const EnrolmentFields& fields, Date today) {
  EnrolmentAnswer answer;
  Enrolment& enrolment = answer.enrolment.emplace();
  const auto type = identifier_type(fields.id_type);
  if (!type) return refused(1, "id_type", "one of egn, lnch, nap, ehic, uin expected");
  if (const auto fault = identifier_fault(*type, fields.id, today)) return refused(2, "id", std::string(*fault));
  enrolment.person = {*type, PersonalText(std::string(fields.id))};
  const auto on = channel(fields.channel);
  if (!on) return refused(3, "channel", "one of email, sms, push, webhook, file expected");
  enrolment.channel = *on;
  auto address = checked_address(*on, fields.address);
  if (!address) return refused(4, "address", address.error().message);
  enrolment.address = std::move(*address);
  const auto often = cadence(fields.cadence);
  if (!often || (*often != Cadence::kImmediate && *often != Cadence::kOff))
    return refused(5, "cadence", "immediate or off expected: this version sends no digests");
  enrolment.cadence = *often;
  if (fields.locale != "bg" && fields.locale != "en") return refused(6, "locale", "bg or en expected");
  enrolment.locale = fields.locale;
  return answer;
}

}  // namespace vestitel
