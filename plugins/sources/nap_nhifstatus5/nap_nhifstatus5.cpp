// Source nap-nhifstatus5: documents of answers on the status of health insurance, one state of a person for each that
// says one. Form: docs/formats/nap-status.md. Fields and quarantine: docs/sources/nap-nhifstatus5.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "record.hpp"

namespace nap {

class NapNhifstatus5 {
 public:
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits().vendor("Vestitel").capabilities(R"({"libraries":["libxml2.so.2: XML, streaming"]})");

  explicit NapNhifstatus5(const vestitel::Host& host) : host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    Statuses statuses(vestitel::latest_date_in_sofia(host_.now_us()));
    sources::RecordReader reader(kFormat, statuses, in, out);
    if (!reader.read()) return;
    reader.log_counts(host_);
    host_.log(
        VESTITEL_LOG_INFO, "statuses_read",
        {{"without_data", std::to_string(statuses.without_data())}, {"refusals", std::to_string(statuses.refusals())}});
  }

  static int sniff(std::string_view, std::string_view head) {
    return head.find("urn:vestitel:nap-status:1") == std::string_view::npos ? 0 : 95;
  }

 private:
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(NapNhifstatus5, "org.vestitel.nap-nhifstatus5", "НАП insurance status", "1.0.0", "{}")

}  // namespace nap
