// Source pis-contacts: contacts out of the profiles of persons, as JSON lines, one event for each change. Fields and
// quarantine: docs/sources/pis-contacts.md; the format: docs/formats/pis-contacts.md.
#include <vestitel/plugin.hpp>

#include "plugins/sources/common/rows/row_reader.hpp"
#include "profile.hpp"

namespace pis_contacts {

class PisContacts {
 public:
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"attributes":{"pis-contacts.email":"contact","pis-contacts.mobile":"contact",)"
                        R"("pis-contacts.language":"other","pis-contacts.left-out":"other"}})");

  explicit PisContacts(const vestitel::Host& host) : host_(host) {}

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) const {
    rows::RowReader reader(in, out, {'\0', rows::Charset::utf8, false});
    Profiles profiles(out, vestitel::latest_date_in_sofia(host_.now_us()));
    for (rows::Row row; reader.next(row);) {
      const LineFault fault = profiles.take(row.text(), row.place);
      if (fault) reader.quarantine(row, rows::RowReader::kNone, fault.element, fault.reason);
    }
    if (out.failed()) return;
    if (reader.rows() + reader.quarantined() == 0) return out.reject({}, "document", "the document is empty");
    host_.log(VESTITEL_LOG_INFO, "lines_read",
              {{"lines", std::to_string(reader.rows())},
               {"quarantined", std::to_string(reader.quarantined())},
               {"unknown_keys", std::to_string(profiles.unknown())}});
  }

  static int sniff(std::string_view, std::string_view head) {
    const std::string_view line = head.substr(0, head.find('\n'));
    if (line.substr(0, 1) != "{") return 0;
    for (const char* key : {"\"changed\"", "\"email\"", "\"mobile\""}) {
      if (line.find(key) == std::string_view::npos) return 0;
    }
    return 90;
  }

 private:
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(PisContacts, "org.vestitel.pis-contacts", "Contacts of ПИС profiles", "1.0.0", "{}")

}  // namespace pis_contacts
