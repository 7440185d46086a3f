// The same visit out of three sources is told once.
#include <algorithm>

#include "tests/plugins/order/documents.hpp"

namespace vestitel::test {

TEST_CASE("the same visit through three sources is told once, whatever their order", "[order]") {
  struct Source {
    std::string name, bytes;
  };
  const std::vector<Source> sources = {
      {"nhis", ended(examination())},
      {"nzok-amblist", sample("nzok_amblist/samples/nhif_amb_simp.xml")},  // and one visit that it alone reports
      {"regix-nhif", sample("regix_nhif/samples/regix_ReportExamsResponse.xml")}};
  const bool together = GENERATE(true, false);
  std::vector<std::size_t> order = {0, 1, 2};
  do {
    CAPTURE(order, together);
    RecordRig rig;
    know_everybody(rig);
    std::vector<std::string> said;
    for (const std::size_t i : order) {
      rig.read(sources[i].name, reader_named(sources[i].name), sources[i].bytes, -10);
      if (!together) said.push_back(rig.send());
    }
    said.push_back(rig.send());
    std::string all;
    for (const std::string& one : said) all += one.empty() ? "" : one + " ";
    CHECK(all == "new new ");  // this visit, and the other one of the report
    CHECK(rig.record().size() == 4);
    CHECK(rig.store->look().books()->balanced());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a third source that shows something else tells a correction of the visit", "[order]") {
  std::vector<std::size_t> order = {0, 1};
  do {
    RecordRig rig;
    know_everybody(rig);
    const std::vector<std::string> names = {"nhis", "regix-nhif"};
    const std::vector<std::string> bytes = {ended(examination()),
                                            sample("regix_nhif/samples/regix_ReportExamsResponse.xml")};
    std::string told;
    for (const std::size_t i : order) {
      rig.read(names[i], reader_named(names[i]), bytes[i], -20);
      told += rig.send();
    }
    CHECK(told == "new");
    const std::string sheet = sample("nzok_amblist/samples/nhif_amb_simp.xml");
    rig.read("nzok-amblist", reader_named("nzok-amblist"), with(sheet, "<MKB>I10", "<MKB>I11.9"), -10);
    CHECK(rig.send() == "corrected new");
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace vestitel::test
