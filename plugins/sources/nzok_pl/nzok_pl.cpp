// Source nzok-pl: the list of the persons who chose a GP (pl.csv), one event for each choice or its end.
// Fields, quarantine and settings: docs/sources/nzok-pl.md.
#include <vestitel/plugin.hpp>

#include "list_reader.hpp"

namespace nzok_pl {

constexpr vestitel::Field kFields[] = {
    vestitel::field::choice("encoding",
                            "Of the bytes. automatic: a byte order mark says UTF-8, else the first line with a byte "
                            "beyond ASCII decides for the whole list.",
                            "automatic|utf-8|windows-1251")
        .by_default("automatic"),
    vestitel::field::text(
        "ended_reasons",
        "Which texts of REASON_OTP say that the GP's contract ended, separated by |. Capitals and small "
        "letters differ.")
        .by_default("прекратен договор с РЗОК|прекратен договор|закрита практика"),
    vestitel::field::text("temporary_types",
                          "Which texts of CHOICE_TYPE say that the choice is temporary, separated by |.")
        .by_default("временен"),
};

class NzokPl {
 public:
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits().vendor("Vestitel").capabilities(R"({"attributes":{"nzok-pl.choice-type":"other"}})");

  NzokPl(const vestitel::Settings& settings, const vestitel::Host& host)
      : options_(Options::from(settings.choice("encoding"), settings.text("ended_reasons"),
                               settings.text("temporary_types"))),
        host_(host) {}

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) const {
    ListReader reader(options_, in, out, vestitel::latest_date_in_sofia(host_.now_us()));
    reader.read();
    if (out.failed()) return;
    host_.log(VESTITEL_LOG_INFO, "list_read",
              {{"rows", std::to_string(reader.rows())}, {"quarantined", std::to_string(reader.quarantined())}});
  }

  static int sniff(std::string_view, std::string_view head) {
    const std::string_view line = head.substr(0, head.find('\n'));
    for (const char* column : {"UIN", "RCZ_NUMBER", "FROM_DATE", "TO_DATE"}) {
      if (line.find(column) == std::string_view::npos) return 0;
    }
    return 95;
  }

 private:
  const Options options_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(NzokPl, "org.vestitel.nzok-pl", "НЗОК patient list of a GP", "1.0.0", kFields)

}  // namespace nzok_pl
