// Source nzok-clpr: a hospital's file of clinical and ambulatory procedures, one event for each.
// Fields and quarantine: docs/sources/nzok-clpr.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "procedure.hpp"

namespace nzok_clpr {

class NzokClpr {
 public:
  // Attributes of our own, with their data class.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(
              R"({"attributes":{"nzok-clpr.kind":"health","nzok-clpr.ended-on":"health","nzok-clpr.ward":"health",)"
              R"("nzok-clpr.ceased":"health","nzok-clpr.sender-facility":"health","nzok-clpr.sender":"health",)"
              R"("nzok-clpr.warning":"other"},"libraries":["libxml2.so.2: XML, streaming"]})");

  explicit NzokClpr(const vestitel::Host& host) : host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    Procedures procedures(vestitel::latest_date_in_sofia(host_.now_us()));
    sources::RecordReader reader(kFormat, procedures, in, out);
    if (reader.read()) reader.log_counts(host_);
  }

  static int sniff(std::string_view, std::string_view head) {
    return head.find("<HOSP_Practice") == std::string_view::npos ? 0 : 95;
  }

 private:
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(NzokClpr, "org.vestitel.nzok-clpr", "НЗОК file of procedures", "1.0.0", "{}")

}  // namespace nzok_clpr
