// Every reason that can stand in a receipt has its Bulgarian. The reasons are read out of the code that gives them, so
// that a new one without Bulgarian fails here.
#include "core/intake/reason_bg.hpp"

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "tests/support/temp_folder.hpp"

namespace vestitel::test {
namespace {

struct Place {
  const char* file;
  const char* reason;  // what finds the reasons in it: the first group
  std::size_t at_least;
};

// Every literal; reasons_of() takes those with a space in them, as a sentence has.
const char* const kLiteral = R"re("([^"\n]*)")re";

const Place kPlaces[] = {
    {"core/intake/folder_document.cpp", R"re(refusal_ = "([^"]+)";)re", 3},
    {"core/intake/drop_folder_work.cpp", R"re(refuse\("([^"]+)"\))re", 1},
    {"core/intake/rules.cpp", R"re(Objection\{"facility", "([^"]+)"\})re", 1},
    {"core/store/sqlite/intake_apply.cpp", R"re(set_aside\([^"]+"\w+",\s*"([^"]+)"\))re", 2},
    {"core/intake/sidecar.cpp", R"re((?:invalid\(|return )"([^"]+)")re", 7},
    {"core/intake/document_intake.cpp", R"re((?:kInvalid|opened\.id), "([^"]+)")re", 2},
    {"core/store/sqlite/intake.cpp", R"re(kOvertaken =\s*"([^"]+)")re", 1},
    {"core/pipeline/validate.cpp", R"re(Rejection\{[^,{}]+, "([^"]+)"\})re", 12},
    {"core/model/identifier_checks.cpp", R"re(return "([^"]+)";)re", 10},
    {"core/plugin/batch_copy.cpp", R"re(return "([^" ]+ [^"]*)";)re", 3},
    {"sdk/include/vestitel/identifiers.hpp", R"re(case EgnFault::\w+: return "([^"]+)";)re", 3},
    {"plugins/sources/common/decoder.cpp", R"re((?:fault_ =|return) "([^" ]+ [^"]*)";)re", 8},
    {"plugins/sources/common/xml_push.cpp", kLiteral, 15},
    {"plugins/sources/common/checks.cpp", kLiteral, 14},
    {"plugins/sources/common/day.cpp", kLiteral, 2},
    {"plugins/sources/common/record_reader.cpp", kLiteral, 5},
    {"plugins/sources/nhis/account.cpp", kLiteral, 11},
    {"plugins/sources/nhis/elements.cpp", kLiteral, 8},
    {"plugins/sources/nhis/event_writer.cpp", kLiteral, 1},
    {"plugins/sources/nhis/ledger.cpp", kLiteral, 1},
    {"plugins/sources/nhis/message_reader.cpp", kLiteral, 8},
    {"plugins/sources/nhis/party.cpp", kLiteral, 13},
    {"plugins/sources/nhis/signature.cpp", R"re((?:return|\?|:) "([^"\n]+ [^"\n]+)";)re", 4},
    {"plugins/sources/nhis/signature_form.cpp", kLiteral, 4},
    {"plugins/sources/nhis/slip_reader.cpp", kLiteral, 14},
    {"plugins/sources/nzok_amblist/issued.cpp", kLiteral, 1},
    {"plugins/sources/nzok_amblist/report_leaves.cpp", kLiteral, 6},
    {"plugins/sources/nzok_amblist/report_reader.cpp", kLiteral, 3},
    {"plugins/sources/nzok_amblist/sheet.cpp", kLiteral, 18},
    {"plugins/sources/nzok_clpr/procedure.cpp", kLiteral, 7},
    {"plugins/sources/nzok_labs/claim.cpp", kLiteral, 6},
    {"plugins/sources/regix_nhif/answer.cpp", R"re((?:"document"|"Fault"|bad\(type|value.name.text\(\)), "([^"]+)")re",
     5},
    {"plugins/sources/regix_nhif/regix_nhif.cpp", R"re("document", "([^"]+)")re", 1},
    {"plugins/sources/regix_nhif/row.cpp", R"re(bad\(\w+, "([^"]+)")re", 3},
    {"plugins/sources/nzok_cpfile/stay.cpp", kLiteral, 5},
    {"plugins/sources/nzok_dental/report.cpp", kLiteral, 8},
    {"plugins/sources/common/rows/row_reader.cpp", kLiteral, 7},
    {"plugins/sources/common/rows/line_decoder.cpp", kLiteral, 5},
    {"plugins/sources/common/rows/checks.cpp", kLiteral, 9},
    {"plugins/sources/csv_mapping/values.cpp", kLiteral, 8},
    {"plugins/sources/csv_mapping/record.cpp", kLiteral, 14},
    {"plugins/sources/nap_nhifstatus5/record.cpp", kLiteral, 5},
    {"plugins/sources/nap_nhifstatus5/reply.cpp", kLiteral, 9},
    {"plugins/sources/nzok_pl/list_reader.cpp", R"re(fault\(\w+, "([^"]+)"\))re", 7},
    {"plugins/sources/common/rows/registry.cpp", kLiteral, 3},
    {"plugins/sources/wards/register_reader.cpp", kLiteral, 6},
    {"plugins/sources/gp_contracts/contract.cpp", kLiteral, 8},
    {"plugins/sources/gp_contracts/xml_list.cpp", R"re(text\(\), "([^"]+)")re", 1},
    {"plugins/sources/pis_contacts/profile.cpp", kLiteral, 8},
};

// Beginnings of texts that go on with a value, which the table below has, and an error that is the hub's own.
const std::set<std::string> kElsewhere = {"not well-formed XML (libxml2 error ", "reading a record", "has ",
                                          " cells, other than the header"};

std::set<std::string> reasons_of(const Place& place) {
  const std::string text = read_file(std::filesystem::path(VESTITEL_SOURCE_DIR) / place.file);
  const std::regex pattern(place.reason);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
    if (const std::string reason = (*at)[1];
        !kElsewhere.contains(reason) && (place.reason != kLiteral || reason.find(' ') != std::string::npos))
      found.insert(reason);
  return found;
}

// Only the words of another language give a translation away: it has Cyrillic letters, and is another text.
bool translated(const std::string& reason) {
  const std::string text = reason_in_bulgarian(reason);
  return text != reason && (text.find("\xD0") != std::string::npos || text.find("\xD1") != std::string::npos);
}

}  // namespace

TEST_CASE("every reason that the hub and its sources give has its Bulgarian", "[intake]") {
  for (const Place& place : kPlaces) {
    CAPTURE(place.file);
    const auto reasons = reasons_of(place);
    CHECK(reasons.size() >= place.at_least);  // the code that gives them looks as this test takes it to look
    for (const std::string& reason : reasons) {
      CAPTURE(reason);
      CHECK(translated(reason));
    }
  }
}

TEST_CASE("what stands before a reason and the numbers in it are kept", "[intake]") {
  struct Case {
    const char *reason, *bulgarian;
  };
  const auto c = GENERATE(values<Case>({
      {"the file is larger than 4294967296 bytes, the most that is taken",
       "файлът е по-голям от 4294967296 байта, колкото най-много се приемат"},
      {"document: not well-formed XML (libxml2 error 68)", "XML не е правилно построен (грешка 68 на libxml2)"},
      {"PracticeCode: stands twice", "PracticeCode: е посочено два пъти"},
      {"Patient: names nobody: no EGN, SS_No, EHIC_No or PersID_No",
       "Patient: не посочва лице: няма EGN, SS_No, EHIC_No или PersID_No"},
      {"sidecar: a key stands twice", "придружаващ файл: един ключ е посочен два пъти"},
      {"the reader failed on it three times: out of memory", "модулът за четене не успя три пъти: паметта не достигна"},
      {"its reader died on it three times: the plugin died: its process was ended by signal 11 (SIGSEGV)",
       "модулът за четене прекъсна аварийно три пъти при този файл"},
  }));
  CHECK(reason_in_bulgarian(c.reason) == c.bulgarian);
}

TEST_CASE("a reason of somebody else's plugin stays as it is", "[intake]") {
  for (const char* reason : {"", "row: nonsense", "sidecar: nonsense", "the file is larger than x bytes",
                             "the file is larger than  bytes, the most that is taken", ": ", "няма такъв ред"})
    CHECK(reason_in_bulgarian(reason) == reason);
}

}  // namespace vestitel::test
