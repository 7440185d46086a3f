#include "tests/plugins/order/documents.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace vestitel::test {

std::string sample(const std::string& name) {
  std::ifstream in(std::string(VESTITEL_SOURCES) + "/" + name, std::ios::binary);
  INFO(name);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

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

namespace {

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

std::vector<Said> rows() {
  const std::string all = sample("csv_mapping/samples/lab.csv");
  const std::string head = all.substr(0, all.find("L260000002"));
  return {{head, -40},
          {with(head, "L260000001;;", "L260000001;К;"), -35},
          {with(with(head, "L260000001;;", "L260000001;К;"), "I10", "I11.9"), -30},
          {with(head, "L260000001;;", "L260000001;А;"), -20}};
}

std::vector<Case> reports() {
  return {{"nzok-amblist", "{}", amblist()},
          {"nzok-dental", "{}", dental()},
          {"nzok-cpfile", "{}", stays()},
          {"nzok-clpr", "{}", procedures()},
          {"nzok-labs", "{}", laboratory()},
          {"regix-nhif", R"({"full_snapshots":false})", answers()},
          {"nhis", "{}", messages()},
          // Its second document says "corrected", and the same.
          {"csv-mapping", "{\"mapping\":" + json_text(sample("csv_mapping/samples/lab.yaml")) + "}", rows(), 2}};
}

}  // namespace

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> made = reports();
    for (Case& one : registers()) made.push_back(std::move(one));
    return made;
  }();
  return all;
}

std::vector<std::string> readers() {
  std::vector<std::string> names;
  for (const Case& one : cases()) names.emplace_back(one.reader);
  return names;
}

const Case& case_of(const std::string& reader) {
  return *std::find_if(cases().begin(), cases().end(), [&](const Case& c) { return c.reader == reader; });
}

Reader& reader_named(const std::string& name) {
  return reader_of(std::string(TEST_LIBRARIES) + "/" + name + ".so", case_of(name).settings);
}

void know_everybody(RecordRig& rig) {
  constexpr auto kEgn = IdentifierType::kEgn;
  const std::pair<IdentifierType, const char*> people[] = {{kEgn, "5831079946"},
                                                           {kEgn, "9622299980"},
                                                           {kEgn, "9932319981"},
                                                           {kEgn, "6122289972"},
                                                           {kEgn, "9126011265"},
                                                           {kEgn, "9329121371"},
                                                           {kEgn, "9521201420"},
                                                           {kEgn, "6223041217"},
                                                           {kEgn, "6427151333"},
                                                           {IdentifierType::kLnch, "1000009990"},
                                                           {IdentifierType::kLnch, "1001239981"},
                                                           {IdentifierType::kNap, "9990000011"},
                                                           {IdentifierType::kEhic, "TEST-1840-000017"}};
  for (const auto& [type, number] : people) {
    const Enrolment one{{type, PersonalText(std::string(number))},
                        Channel::kEmail,
                        PersonalText(std::string("p@example.test")),
                        Cadence::kImmediate,
                        "bg"};
    REQUIRE(rig.store->directory().enrol({&one, 1}).ok());
  }
}

}  // namespace vestitel::test
