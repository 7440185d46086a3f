// Events, quarantined records and verdicts as one line each, for people and as JSON. An identifier is masked: the same
// person has the same number throughout what is shown, and nothing else can be told of him or her.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/model/event.hpp"
#include "core/model/message.hpp"

namespace vestitel {

// Knows the persons that were met. `show`: nothing is masked.
class Mask {
 public:
  explicit Mask(bool show) : show_(show) {}
  [[nodiscard]] bool shows() const { return show_; }

  // "egn:person-1", or "egn:" and the number itself.
  std::string subject(IdentifierType type, std::string_view id);
  // The same text with the identifiers that were met, and every run of ten or more digits, made unreadable. Its length
  // in characters stays.
  [[nodiscard]] std::string text(std::string_view text) const;

 private:
  bool show_;
  std::map<std::string, int, std::less<>> persons_;
};

// How a line is written. `as_of`: what the host put in where the record does not say when it was reported.
struct ShowStyle {
  Mask& mask;
  Instant as_of{};
  bool json = false;
  bool golden = false;  // exactly what testing/render.hpp writes, so that both can be held to one file
};

// As the golden files beside samples have it, without an end of line:
//   activity.laboratory new egn:person-1 2026-10-06 key=partner|r1 number=N facility=F practitioner=P @1:1 key=value
//   quarantined 2:1 row: three columns expected
std::string show_event(const EventView& event, const ShowStyle& style);
std::string show_quarantined(const QuarantinedView& record, const ShowStyle& style);
std::string show_complete(std::string_view scope, const ShowStyle& style);

// "accepted(id)", "retry(link,30000): reason" ...; the words of the golden files of sinks.
std::string show_verdict(const Verdict& verdict);

// "2026-10-06", or the instant in full.
std::string show_time(std::int64_t us, bool date_only);

}  // namespace vestitel
