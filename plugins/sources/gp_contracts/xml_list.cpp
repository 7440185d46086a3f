#include "plugins/sources/gp_contracts/xml_list.hpp"

#include "plugins/sources/common/checks.hpp"
#include "plugins/sources/common/record_reader.hpp"

namespace gp_contracts {
namespace {

using sources::Fault, sources::Name, sources::Node, sources::Tree, sources::Within;

constexpr Name kRoot = "gp-contracts"_n, kComplete = "complete"_n;
constexpr Name kRoots[] = {kRoot};
constexpr std::string_view kNamespaces[] = {"urn:vestitel:gp-contracts:1"};
constexpr Within kRecords[] = {{kRoot, "entry"_n}};

constexpr std::array<Name, kFields + 1> known() {
  std::array<Name, kFields + 1> names{};
  for (std::size_t i = 0; i < kFields; ++i) names[i] = kNames[i];
  names[kFields] = kComplete;
  return names;
}
constexpr std::array<Name, kFields + 1> kKnown = known();
const sources::Format kFormat = {kRoots, kNamespaces, {}, kRecords, kKnown};

class XmlList final : public sources::Mapping {
 public:
  XmlList(Contracts& contracts, const vestitel::Date& today) : contracts_(contracts), today_(today) {}

  // The root names the regions for which the document is complete.
  Fault head(Tree& head) override {
    std::string_view list = head.root().attr(kComplete);
    while (!(list = vestitel::trim(list)).empty()) {
      const std::string_view region = list.substr(0, list.find_first_of(" \t\r\n"));
      if (!rows::is_region(region)) return {kComplete.text(), "is not a list of regions from 01 to 28", {}};
      contracts_.declare(region);
      list.remove_prefix(region.size());
    }
    return {};
  }

  Fault record(Tree& record, vestitel::Emit&) override {
    sources::Checks checks(record, today_);
    const Node root = record.root();
    Texts texts;
    std::array<sources::Value, kFields> values;
    for (std::size_t i = 0; i < kFields; ++i) texts[i] = (values[i] = checks.leaf(root, kNames[i])).text;
    if (!checks.ok()) return checks.fault();
    const rows::CellFault fault = contracts_.take(texts, root.place());
    if (fault) checks.bad(values[fault.column], fault.reason);
    return checks.fault();
  }

 private:
  Contracts& contracts_;
  const vestitel::Date today_;
};

}  // namespace

Counts read_xml(vestitel::Input& in, vestitel::Emit& out, Contracts& contracts, const vestitel::Date& today) {
  XmlList list(contracts, today);
  sources::RecordReader reader(kFormat, list, in, out);
  if (!reader.read()) return {};
  return {reader.records(), reader.quarantined(), reader.unknown()};
}

}  // namespace gp_contracts
