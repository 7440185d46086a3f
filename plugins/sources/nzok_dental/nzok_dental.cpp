// Source nzok-dental: the monthly report of a dentist, one event for each treatment sheet and for each referral.
// Fields, quarantine and settings: docs/sources/nzok-dental.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "report.hpp"

namespace nzok_dental {

constexpr vestitel::Field kFields[] = {
    vestitel::field::boolean("full_reports",
                             "Believe a sender who says that a report is complete: sheets that an earlier report of "
                             "the same dentist and month had and this one has not are annulled.")
        .by_default("false"),
};

class NzokDental {
 public:
  // Attributes of our own, with their data class.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"attributes":{"nzok-dental.service-date":"health","nzok-dental.specification":"health",)"
                        R"("nzok-dental.unfavourable-condition":"health","nzok-dental.substitute":"other",)"
                        R"("nzok-dental.referral-specialty":"health","nzok-dental.referral-activity":"health",)"
                        R"("nzok-dental.warning":"other"},"libraries":["libxml2.so.2: XML, streaming"]})");

  NzokDental(const vestitel::Settings& settings, const vestitel::Host& host)
      : full_reports_(settings.boolean("full_reports")), host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    Report report(vestitel::latest_date_in_sofia(host_.now_us()));
    sources::RecordReader reader(kFormat, report, in, out);
    if (!reader.read()) return;
    const bool whole = reader.records() > 0 && reader.quarantined() == 0;
    if (full_reports_ && document.complete && whole) out.complete(report.scope());
    reader.log_counts(host_);
  }

  static int sniff(std::string_view, std::string_view head) {
    if (head.find("<report") == std::string_view::npos) return 0;
    return head.find("dentalCareServices") != std::string_view::npos || head.find("RCZCode") != std::string_view::npos
               ? 95
               : 30;
  }

 private:
  const bool full_reports_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(NzokDental, "org.vestitel.nzok-dental", "НЗОК dental report", "1.0.0", kFields)

}  // namespace nzok_dental
