// Source nhis: messages of the national health information system (НЗИС). Fields, how messages are joined, quarantine
// and settings: docs/sources/nhis.md.
#include <vestitel/plugin.hpp>

#include "message_reader.hpp"
#include "reading.hpp"

namespace nhis {

constexpr vestitel::Field kFields[] = {
    reading_field::kRequestsAlone,
    reading_field::kOtherIsEhic,
    reading_field::kTrustStore,
    reading_field::kSignature,
};

class Nhis {
 public:
  static constexpr vestitel::Traits kTraits = vestitel::Traits()
                                                  .vendor("Vestitel")
                                                  .capabilities("{" NHIS_CAPABILITIES "}")
                                                  .nodelete();  // libxmlsec1 is begun once for the process

  Nhis(const vestitel::Settings& settings, const vestitel::Host& host) : reading_(settings), host_(host) {}

  void start() { reading_.start(); }

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    MessageReader(reading_.settings(), host_, in, out).read();
  }

  static int sniff(std::string_view, std::string_view head) {
    if (head.find("urn:vestitel:nhis-messages:1") != std::string_view::npos) return 95;
    const bool ours = head.find("https://www.his.bg") != std::string_view::npos ||
                      head.find("http://www.his.bg/") != std::string_view::npos;
    return ours && head.find("message") != std::string_view::npos ? 95 : 0;
  }

 private:
  Reading reading_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(Nhis, "org.vestitel.nhis", "НЗИС messages", "1.0.0", kFields)

}  // namespace nhis
