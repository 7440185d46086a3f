#include "event_writer.hpp"

#include "values.hpp"

namespace nhis {
namespace {

constexpr std::size_t kAttributes = 48;  // with what else an event has, no more than the hub takes
constexpr std::string_view kOut = "out.";

bool dispensation(const Slip& whole) { return whole.meaning->part == Part::dispensed; }

// The pathway of a stay may change on the way: the discharge tells that with which it ended, if it is said.
bool is_told(const Item& item, bool discharge, bool has_out) {
  if (item.removed) return false;
  const bool out = std::string_view(item.key).substr(0, kOut.size()) == kOut;
  const bool pathway = out || std::string_view(item.key) == "kp" || std::string_view(item.key) == "apr";
  if (item.use != Item::Use::code || !pathway) return true;
  return discharge && has_out ? out : !out;
}

void write_payer(vestitel::Event& event, std::string_view financing) {
  if (financing.empty()) return;
  event.attr("payer", financing == "2" ? "nzok" : "other").attr("payment", "reported");
  event.attr("nhis.financing-source", financing);
}

void write_date(vestitel::Event& event, const Slip& whole, bool discharge) {
  if (dispensation(whole)) {
    event.on(date_in_sofia(whole.created_us));  // when it was given is not said
  } else if (discharge) {
    event.on(*whole.discharged);
  } else {
    event.on(*whole.occurred);
  }
  event.reported_at(whole.created_us);
}

void write_signatures(vestitel::Event& event, const Signatures& signatures) {
  if (signatures.message) {
    event.attr("nhis.signature", signatures.holds ? "valid" : "present");
    event.attr("nhis.signature-certificate", signatures.certificate);
    event.attr("nhis.signature-value", signatures.value);
  }
  if (signatures.patient) event.attr("nhis.patient-signature", "present");
}

}  // namespace

const char* event_fault(const Slip& whole) {
  std::size_t attributes = 0;
  for (const Item& item : whole.items) attributes += item.removed ? 0u : item.text.empty() ? 1u : 2u;
  return attributes > kAttributes ? "holds more than 48 codes, names and references" : nullptr;
}

void write_event(std::string_view type, std::string_view key, const Slip& whole, std::uint16_t revision,
                 const std::function<bool(std::string_view)>& foreign, vestitel::Emit& out) {
  const bool discharge = key == "hosp:out";
  bool has_out = false, hidden = false;
  for (const Item& item : whole.items) has_out = has_out || std::string_view(item.key).substr(0, kOut.size()) == kOut;

  auto& event = out.event(type, whole.kept.place);
  const std::string record = std::string(key).append(":").append(whole.number.empty() ? whole.local : whole.number);
  event.key(dispensation(whole) ? std::string_view("dispense") : whole.facility, record);
  event.subject(whole.subject.kind, whole.subject.id);
  write_date(event, whole, discharge);
  if (dispensation(whole)) {
    event.ref("prescription", whole.number);
  } else {
    event.number(whole.number).facility(whole.facility, {}, whole.region);
    event.practitioner(whole.performer.uin, {}, whole.performer.specialty);
  }
  for (const Item& item : whole.items) {
    if (!is_told(item, discharge, has_out)) continue;
    std::string_view name = item.key;
    if (name.substr(0, kOut.size()) == kOut) name.remove_prefix(kOut.size());
    if (item.use == Item::Use::code) event.code(name, item.value, item.text);
    if (item.use == Item::Use::attribute) event.attr(name, item.value);
    if (item.use != Item::Use::reference) continue;
    if (foreign(item.value)) {
      hidden = true;
    } else {
      event.ref(name, item.value);
    }
  }
  write_payer(event, whole.financing);
  event.attr("subject.birth-date", whole.subject.birth);
  if (whole.deceased) event.attr("subject.deceased", "1");
  if (whole.signatures) write_signatures(event, *whole.signatures);
  for (const char* warning : whole.warnings) event.attr("nhis.warning", warning);
  if (hidden) event.attr("nhis.warning", "reference-to-another-person");
  if (revision == VESTITEL_CORRECTED) event.corrected();
  if (revision == VESTITEL_ANNULLED) event.annulled();
}

}  // namespace nhis
