// Source nhis: messages of the national health information system (НЗИС). Fields, how messages are joined, quarantine
// and settings: docs/sources/nhis.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "message_reader.hpp"

namespace nhis {

constexpr vestitel::Field kFields[] = {
    vestitel::field::boolean("requests_alone",
                             "Believe what is issued without the reply of the system, if the sender's copies are all "
                             "that comes: such a record is known by its local number.")
        .by_default("false"),
    vestitel::field::boolean("other_is_ehic",
                             "Take identifier type 5 (other) as a European health insurance card, as one program of "
                             "practices writes it.")
        .by_default("false"),
};

class Nhis {
 public:
  // Attributes of our own, with their data class.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(
              R"({"attributes":{"nhis.admission-type":"health","nhis.cancelled":"health","nhis.category":"health",)"
              R"("nhis.class":"health","nhis.deputy":"other","nhis.financing-source":"other",)"
              R"("nhis.journal-number":"health","nhis.patient-signature":"other","nhis.purpose":"health",)"
              R"("nhis.referred-to":"health","nhis.role":"other","nhis.signature":"other","nhis.warning":"other"},)"
              R"("libraries":["libxml2.so.2: XML, streaming"]})");

  Nhis(const vestitel::Settings& settings, const vestitel::Host& host)
      : settings_{settings.boolean("requests_alone"), settings.boolean("other_is_ehic")}, host_(host) {}

  void start() { xmlInitParser(); }

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    MessageReader(settings_, host_, in, out).read();
  }

  static int sniff(std::string_view, std::string_view head) {
    if (head.find("urn:vestitel:nhis-messages:1") != std::string_view::npos) return 95;
    const bool ours = head.find("https://www.his.bg") != std::string_view::npos ||
                      head.find("http://www.his.bg/") != std::string_view::npos;
    return ours && head.find("message") != std::string_view::npos ? 95 : 0;
  }

 private:
  const Settings settings_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(Nhis, "org.vestitel.nhis", "НЗИС messages", "1.0.0", kFields)

}  // namespace nhis
