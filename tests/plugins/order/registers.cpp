// Registers: who chose which GP, whose contract ended, who acts for whom, where a person is reached, who is insured.
// What is taken back is the last of a document: who is first met there has the same place among people as without it.
#include "tests/plugins/order/documents.hpp"

namespace vestitel::test {
namespace {

std::vector<Said> choices() {
  const std::string first = sample("nzok_pl/samples/pl.csv");
  const std::string gp = "\xC4\xE6\xE8\xEF\xE8\xE5\xE2";  // windows-1251: a family name, and two others
  return {{first, -40},
          {with(first, gp, "\xCF\xFA\xF0\xE2\xE8"), -30},
          {with(first, gp, "\xC2\xF2\xEE\xF0\xE8"), -20},
          {first + "\n", -10}};
}

std::vector<Said> contracts() {
  const std::string all = sample("gp_contracts/samples/changes.csv");
  const std::string first = all.substr(0, all.find("16/76;"));
  const std::string entries = sample("gp_contracts/samples/entries.xml");
  std::string as_xml = entries.substr(0, entries.rfind("  <entry>")) + "</gp-contracts>";
  as_xml = with(as_xml, " complete=\"16\"", "");
  return {{first, -40},
          {with(first, "2026-10-01;\n", "2026-10-02;\n"), -30},
          {with(first, "2026-11-10;\n", "2026-11-10;annulled\n"), -20},
          {as_xml, -10}};  // in the other form, as at first
}

std::vector<Said> guardians() {
  const std::string all = sample("wards/samples/register.csv");
  const std::string first = all.substr(0, all.find("16;16-79/2026"));
  return {{first, -40},
          {with(first, "guardian;2026-03-02;;", "guardian;2026-03-02;2026-10-31;"), -30},
          {with(first, "egn;6427151333;parent", "egn;9932319981;parent"), -20},
          {with(first, "2026-09-30;\n", "2026-09-30;annulled\n"), -10}};
}

std::vector<Said> contacts() {
  const std::string first = sample("pis_contacts/samples/contacts.jsonl");
  const std::string last =
      R"({"type":"egn","id":"6427151333","changed":"2026-11-15T06:15:00Z","email":null,"mobile":null})";
  return {{first, -40},
          {with(first, "parent@example.bg", "mother@example.bg"), -30},
          {with(first, "+359980000002", "+359880000002") + last, -20}};
}

std::vector<Said> statuses() {
  const std::string first = sample("nap_nhifstatus5/samples/statuses.xml");
  const std::string insured = "<ns0:Status>1<", lost = "<ns0:Status>2<";
  return {{first, -40},
          {with(first, insured, lost), -30},
          {with(with(first, lost, insured), "<code>2<", "<code>3<"), -20}};  // without data the answer before stands
}

}  // namespace

std::vector<Case> registers() {
  return {{"nzok-pl", "{}", choices()},
          {"gp-contracts", "{}", contracts()},
          {"wards", "{}", guardians()},
          {"pis-contacts", "{}", contacts()},
          {"nap-nhifstatus5", "{}", statuses(), 1, true}};
}

}  // namespace vestitel::test
