// Source gp-contracts: what changed in the contracts of GPs with a РЗОК, as CSV or as XML, one event for each change
// after which persons may choose another GP. Fields and quarantine: docs/sources/gp-contracts.md; the format:
// docs/formats/gp-contracts.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/peeked_input.hpp"
#include "xml_list.hpp"

namespace gp_contracts {

class GpContracts {
 public:
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"attributes":{"gp-contracts.change":"other","gp-contracts.choice-from":"other"},)"
                        R"("libraries":["libxml2.so.2: XML, streaming"]})");

  explicit GpContracts(const vestitel::Host& host) : host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) const {
    const vestitel::Date today = vestitel::latest_date_in_sofia(host_.now_us());
    Contracts contracts(out, today, document.complete);
    sources::PeekedInput peeked(in);
    const Counts counts =
        peeked.is_xml() ? read_xml(peeked.all(), out, contracts, today) : read_csv(peeked.all(), out, contracts);
    if (out.failed()) return;
    contracts.finish(counts.quarantined);
    host_.log(VESTITEL_LOG_INFO, "list_read",
              {{"records", std::to_string(counts.records)},
               {"quarantined", std::to_string(counts.quarantined)},
               {"unknown_elements", std::to_string(counts.unknown)}});
  }

  static int sniff(std::string_view, std::string_view head) {
    if (head.find("urn:vestitel:gp-contracts:1") != std::string_view::npos) return 95;
    const std::string_view line = head.substr(0, head.find('\n'));
    for (const char* column : {"practice;", "choice_from", "uin;"}) {
      if (line.find(column) == std::string_view::npos) return 0;
    }
    return 95;
  }

 private:
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(GpContracts, "org.vestitel.gp-contracts", "Contracts of GPs", "1.0.0", "{}")

}  // namespace gp_contracts
