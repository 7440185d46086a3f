// Source nzok-cpfile: the daily file of a hospital, one event for each admission and each discharge.
// Fields and quarantine: docs/sources/nzok-cpfile.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "stay.hpp"

namespace nzok_cpfile {

class NzokCpfile {
 public:
  // Attributes of our own, with their data class.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(
              R"({"attributes":{"nzok-cpfile.planned-number":"health","nzok-cpfile.planned-date":"health",)"
              R"("nzok-cpfile.sender-facility":"health","nzok-cpfile.sender":"health","nzok-cpfile.ward":"health",)"
              R"("nzok-cpfile.payer":"other","nzok-cpfile.in-type":"health","nzok-cpfile.entry-date":"health",)"
              R"("nzok-cpfile.out-type":"health","nzok-cpfile.bed-days":"health","nzok-cpfile.resigned":"health",)"
              R"("nzok-cpfile.warning":"other"},"libraries":["libxml2.so.2: XML, streaming"]})");

  explicit NzokCpfile(const vestitel::Host& host) : host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    Stays stays(vestitel::latest_date_in_sofia(host_.now_us()));
    sources::RecordReader reader(kFormat, stays, in, out);
    if (!reader.read()) return;
    reader.log_counts(host_);
    if (stays.newborns() > 0) {
      host_.log(VESTITEL_LOG_INFO, "newborns_without_number", {{"records", std::to_string(stays.newborns())}});
    }
  }

  static int sniff(std::string_view, std::string_view head) {
    return head.find("<cpFile") == std::string_view::npos ? 0 : 95;
  }

 private:
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(NzokCpfile, "org.vestitel.nzok-cpfile", "НЗОК hospital daily file", "1.0.0", "{}")

}  // namespace nzok_cpfile
