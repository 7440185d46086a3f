// Source nzok-labs: the monthly claim of a laboratory, one event for each form of which something was done.
// Experimental: the nesting of the format is not documented. Fields and quarantine: docs/sources/nzok-labs.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "claim.hpp"

namespace nzok_labs {

class NzokLabs {
 public:
  // Attributes of our own, with their data class.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"attributes":{"nzok-labs.sender-facility":"health","nzok-labs.warning":"other"},)"
                        R"("libraries":["libxml2.so.2: XML, streaming"]})");

  explicit NzokLabs(const vestitel::Host& host) : host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    Claim claim(vestitel::latest_date_in_sofia(host_.now_us()));
    sources::RecordReader reader(kFormat, claim, in, out);
    if (reader.read()) reader.log_counts(host_);
  }

  static int sniff(std::string_view, std::string_view head) {
    return head.find("<LABS_CLAIM") == std::string_view::npos ? 0 : 95;
  }

 private:
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(NzokLabs, "org.vestitel.nzok-labs", "НЗОК laboratory claim (experimental)", "0.1.0", "{}")

}  // namespace nzok_labs
