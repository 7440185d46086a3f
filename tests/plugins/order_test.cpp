// The documents of a scope in every order end in the same record; the same visit out of three sources is told once.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>

#include "tests/plugins/record_rig.hpp"

namespace vestitel::test {
namespace {

const std::string kSources = VESTITEL_SOURCES;

std::string sample(const std::string& name) {
  std::ifstream in(kSources + "/" + name, std::ios::binary);
  INFO(name);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The first `from` becomes `to`.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + "\"";
}

// A message of a sample, without the declaration above it.
std::string message(const std::string& name) {
  const std::string text = sample("nhis/samples/" + name);
  return text.substr(text.find("<nhis:message"));
}

// The examination of the bundle: opened and closed; then corrected; then cancelled.
std::string examination() {
  const std::string bundle = sample("nhis/samples/bundle.xml");
  const std::size_t corrected = bundle.rfind("<nhis:message", bundle.find("NHIS-X009.xsd"));
  return bundle.substr(0, corrected);
}
std::string examination_corrected() {
  const std::string bundle = sample("nhis/samples/bundle.xml");
  return bundle.substr(0, bundle.find("<!-- a request that the system refuses -->"));
}
std::string ended(const std::string& messages) { return messages + "</v:messages>"; }

struct Said {
  std::string bytes;
  int day;  // as of
};

struct Case {
  const char* reader;  // library
  std::string settings;
  std::vector<Said> said;
};

std::vector<Said> amblist() {
  const std::string first = sample("nzok_amblist/samples/nhif_amb_simp.xml");
  return {{first, -40},
          {with(first, "<MKB>I10", "<MKB>J20.9"), -30},
          {with(first, "5831079946", "9622299980"), -20},  // the number was another person's
          {with(first, "<MKB>I10", "<MKB>E11.9"), -10}};
}

std::vector<Said> dental() {
  const std::string first = sample("nzok_dental/samples/nhif_dental_report.xml");
  return {{first, -40},
          {with(first, "diagnosis=\"K02.1\"", "diagnosis=\"K04.0\""), -30},
          {with(first, "9932319981", "9622299980"), -20},
          {first + "\n", -10}};  // as at first, again
}

std::vector<Said> stays() {
  const std::string first = sample("nzok_cpfile/samples/nhif_cpfile.xml");
  // Twice: with what the person was sent, of which nothing is kept, and what was found.
  const auto found = [&](const char* code) { return with(with(first, "I50.0", code), "I50.0", code); };
  return {{first, -40}, {found("I11.0"), -30}, {found("I42.0"), -20}, {first + "\n", -10}};
}

std::vector<Said> procedures() {
  const std::string first = sample("nzok_clpr/samples/nhif_clpr_hosp_practice.xml");
  return {{first, -40},
          {with(first, "H25.1", "H26.9"), -30},
          {with(first, "<Proc_Refuse>0", "<Proc_Refuse>1"), -20},
          {with(first, "H25.1", "H26.0"), -50}};
}

std::vector<Said> laboratory() {
  const std::string first = sample("nzok_labs/samples/nhif_labs_claim.xml");
  std::string refused = first;
  for (std::size_t at; (at = refused.find("<EXECUTE>1")) != std::string::npos;) refused.replace(at, 10, "<EXECUTE>0");
  return {{first, -40}, {with(first, "<ICD>I10", "<ICD>I11"), -30}, {refused, -20}};
}

std::vector<Said> answers() {
  const std::string first = sample("regix_nhif/samples/regix_ReportExamsResponse.xml");
  return {{first, -40},
          {with(first, "MainICDCode>I10", "MainICDCode>I11.9"), -30},
          {with(first, "2299000011", "2299000022"), -20},
          {first + "\n", -10}};
}

std::vector<Said> messages() {
  return {{ended(examination()), -40},
          {ended(examination_corrected()), -30},
          {ended(examination() + message("nhis_X007_cancel.xml") + message("nhis_X008_cancel_reply.xml")), -20}};
}

std::vector<Said> choices() {
  const std::string first = sample("nzok_pl/samples/pl.csv");
  const std::string gp = "\xC4\xE6\xE8\xEF\xE8\xE5\xE2";  // windows-1251: a family name, and two others
  return {{first, -40},
          {with(first, gp, "\xCF\xFA\xF0\xE2\xE8"), -30},
          {with(first, gp, "\xC2\xF2\xEE\xF0\xE8"), -20},
          {first + "\n", -10}};
}

std::vector<Said> rows() {
  const std::string all = sample("csv_mapping/samples/lab.csv");
  const std::string head = all.substr(0, all.find("L260000002"));
  return {{head, -40},
          {with(head, "L260000001;;", "L260000001;К;"), -35},
          {with(with(head, "L260000001;;", "L260000001;К;"), "I10", "I11.9"), -30},
          {with(head, "L260000001;;", "L260000001;А;"), -20}};
}

const Case& case_of(const std::string& reader) {
  static const std::vector<Case> all = {
      {"nzok-amblist", "{}", amblist()},
      {"nzok-dental", "{}", dental()},
      {"nzok-cpfile", "{}", stays()},
      {"nzok-clpr", "{}", procedures()},
      {"nzok-labs", "{}", laboratory()},
      {"regix-nhif", R"({"full_snapshots":false})", answers()},
      {"nhis", "{}", messages()},
      {"nzok-pl", "{}", choices()},
      {"csv-mapping", "{\"mapping\":" + json_text(sample("csv_mapping/samples/lab.yaml")) + "}", rows()},
  };
  return *std::find_if(all.begin(), all.end(), [&](const Case& c) { return c.reader == reader; });
}

Reader& reader_named(const std::string& name) {
  return reader_of(std::string(TEST_LIBRARIES) + "/" + name + ".so", case_of(name).settings);
}

// People get their numbers in this order, whichever document names them first.
void know_everybody(RecordRig& rig) {
  for (const char* egn : {"5831079946", "9622299980", "9932319981", "6122289972"}) {
    const Enrolment one{{IdentifierType::kEgn, PersonalText(egn)},
                        Channel::kEmail,
                        PersonalText(std::string("p@example.test")),
                        Cadence::kImmediate,
                        "bg"};
    REQUIRE(rig.store->directory().enrol({&one, 1}).ok());
  }
}

}  // namespace

TEST_CASE("documents of a scope end in the same record, whatever their order", "[order]") {
  const std::string name = GENERATE(as<std::string>(), "nzok-amblist", "nzok-dental", "nzok-cpfile", "nzok-clpr",
                                    "nzok-labs", "regix-nhif", "nhis", "nzok-pl", "csv-mapping");
  const Case& c = case_of(name);
  CAPTURE(name);
  std::vector<std::size_t> order(c.said.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return c.said[a].day < c.said[b].day; });
  const std::vector<std::size_t> by_time = order;
  std::set<std::string> expected;
  std::sort(order.begin(), order.end());
  const auto end_of = [&](const std::vector<std::size_t>& in) {
    RecordRig rig;
    know_everybody(rig);
    for (const std::size_t i : in) {
      rig.read(name, reader_named(name), c.said[i].bytes, c.said[i].day);
      rig.send();
    }
    CHECK(rig.store->look().books()->balanced());
    return rig.record();
  };
  expected = end_of(by_time);
  REQUIRE_FALSE(expected.empty());
  do {
    CAPTURE(order);
    CHECK(end_of(order) == expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("what a partner says again is a duplicate, and what differs a correction", "[order]") {
  const std::string name = GENERATE(as<std::string>(), "nzok-amblist", "nzok-dental", "nzok-cpfile", "nzok-clpr",
                                    "nzok-labs", "regix-nhif", "nhis", "nzok-pl", "csv-mapping");
  const Case& c = case_of(name);
  CAPTURE(name);
  RecordRig rig;
  const auto first = rig.read(name, reader_named(name), c.said[0].bytes, -40).counts;
  CHECK(first.accepted > 0);
  const auto again = rig.read(name, reader_named(name), c.said[0].bytes + "\n", -39).counts;
  CHECK(again.duplicates == first.accepted);
  CHECK(again.accepted + again.corrected + again.annulled == 0);
  const std::size_t changed = name == "csv-mapping" ? 2 : 1;  // its second document says "corrected", and the same
  const auto other = rig.read(name, reader_named(name), c.said[changed].bytes, -30).counts;
  CHECK(other.corrected > 0);
  CHECK(other.corrected + other.duplicates == first.accepted);
}

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
