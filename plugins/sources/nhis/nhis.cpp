// Source nhis: messages of the national health information system (НЗИС). Fields, how messages are joined, quarantine
// and settings: docs/sources/nhis.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "message_reader.hpp"
#include "signature.hpp"

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
    vestitel::field::text("trust_store",
                          "PEM file of the authorities whose certificates may sign messages; not set: signatures are "
                          "noted and not checked.")
        .group("Signatures"),
    vestitel::field::choice("signature", "Whether a message without a signature is believed, where they are checked.",
                            "optional|required")
        .by_default("optional")
        .group("Signatures"),
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
              R"("nhis.referred-to":"health","nhis.role":"other","nhis.signature":"other",)"
              R"("nhis.signature-certificate":"identity","nhis.signature-value":"other","nhis.warning":"other"},)"
              R"("files":["{trust_store}"],"libraries":["libxml2.so.2: XML, streaming",)"
              R"("libxmlsec1.so.1: digital signatures","libxmlsec1-openssl.so.1: digital signatures",)"
              R"("libcrypto.so.3: certificates"]})")
          .nodelete();  // libxmlsec1 is begun once for the process

  Nhis(const vestitel::Settings& settings, const vestitel::Host& host)
      : trust_file_(settings.text("trust_store")), host_(host) {
    settings_.requests_alone = settings.boolean("requests_alone");
    settings_.other_is_ehic = settings.boolean("other_is_ehic");
    settings_.signed_only = settings.choice("signature") == "required";
    if (settings_.signed_only && trust_file_.empty())
      throw vestitel::Error::config("/signature", "required needs a trust_store to check signatures against");
  }

  void start() {
    xmlInitParser();
    if (trust_file_.empty()) return;
    trust_ = std::make_unique<TrustStore>(trust_file_);
    settings_.trust = trust_.get();
  }

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
  const std::string trust_file_;
  std::unique_ptr<TrustStore> trust_;
  Settings settings_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(Nhis, "org.vestitel.nhis", "НЗИС messages", "1.0.0", kFields)

}  // namespace nhis
