// Source nzok-amblist: the monthly outpatient report of a practice, one event for each sheet and for each referral
// that was issued at it.
// Fields, quarantine and settings: docs/sources/nzok-amblist.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "report_reader.hpp"

namespace nzok_amblist {

constexpr vestitel::Field kFields[] = {
    vestitel::field::boolean("full_reports",
                             "Believe a sender who says that a report is complete: sheets that an earlier report of "
                             "the same doctor and month had and this one has not are annulled.")
        .by_default("false"),
    vestitel::field::boolean("immunizations",
                             "Tell of each immunization code of a sheet by itself, not only with the visit.")
        .by_default("false"),
};

class NzokAmblist {
 public:
  // Attributes of our own, with their data class.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(
              R"({"attributes":{"nzok-amblist.time":"health","nzok-amblist.purpose":"health",)"
              R"("nzok-amblist.procedure-count":"health","nzok-amblist.referral-kind":"health",)"
              R"("nzok-amblist.referral-specialty":"health","nzok-amblist.referral-activity":"health",)"
              R"("nzok-amblist.sender-facility":"health","nzok-amblist.sender":"health","nzok-amblist.warning":"other"},)"
              R"("libraries":["libxml2.so.2: XML, streaming"]})");

  NzokAmblist(const vestitel::Settings& settings, const vestitel::Host& host)
      : options_{settings.boolean("full_reports"), settings.boolean("immunizations")}, host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    ReportReader(options_, host_, document, in, out).read();
  }

  static int sniff(std::string_view, std::string_view head) {
    if (head.find("<Practice") == std::string_view::npos) return 0;
    return head.find("<AmbList") != std::string_view::npos || head.find("<Doctor>") != std::string_view::npos ? 95 : 60;
  }

 private:
  const Options options_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(NzokAmblist, "org.vestitel.nzok-amblist", "НЗОК outpatient report", "1.0.0", kFields)

}  // namespace nzok_amblist
