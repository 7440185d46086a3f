// Source regix-nhif: answers of RegiX on a person's health record at the Fund, each the full current record of one
// person. Fields, quarantine and settings: docs/sources/regix-nhif.md.
#include <libxml/parser.h>

#include <vestitel/plugin.hpp>

#include "answer.hpp"

namespace regix_nhif {

constexpr vestitel::Field kFields[] = {
    vestitel::field::choice("identifier_type",
                            "The kind of number that was asked for. The answer repeats the number, not its kind; a "
                            "document that holds the request says it itself.",
                            "egn|lnch")
        .by_default("egn"),
    vestitel::field::boolean("full_snapshots",
                             "An answer is the full record: rows that an earlier answer had and this one has not are "
                             "annulled. Not where the answer is empty, or a row went to quarantine.")
        .by_default("true"),
    vestitel::field::secret("person_key",
                            "At least 16 bytes, never changed. Makes of a person's number the part of the record keys "
                            "that keeps persons apart and tells nothing."),
};

class RegixNhif {
 public:
  // Attributes of our own, with their data class.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(
              R"({"attributes":{"regix-nhif.exam-type":"health","regix-nhif.sender-facility":"health",)"
              R"("regix-nhif.entry-date":"health","regix-nhif.bed-days":"health","regix-nhif.quantity":"health"},)"
              R"("secrets":["person_key"],)"
              R"("libraries":["libxml2.so.2: XML, streaming","libcrypto.so.3: a keyed digest in record keys"]})");

  RegixNhif(const vestitel::Settings& settings, const vestitel::Host& host)
      : kind_(settings.choice("identifier_type") == "lnch" ? VESTITEL_LNCH : VESTITEL_EGN),
        full_snapshots_(settings.boolean("full_snapshots")),
        host_(host) {}

  void start() {
    xmlInitParser();
    key_ = host_.secret("person_key");
    constexpr std::size_t kLeast = 16;
    if (key_.size() < kLeast) throw vestitel::Error::config("/person_key", "a secret of at least 16 bytes is needed");
  }

  void parse(const vestitel::Document&, vestitel::Input& in, vestitel::Emit& out) {
    Answer answer(vestitel::latest_date_in_sofia(host_.now_us()), kind_, key_);
    sources::RecordReader reader(kFormat, answer, in, out);
    if (!reader.read() || out.failed()) return;
    if (!answer.answered()) return out.reject({}, "document", "holds none of the eight answers");
    answer.finish(out, full_snapshots_ && reader.quarantined() == 0);
    reader.log_counts(host_);
  }

  static int sniff(std::string_view, std::string_view head) {
    return head.find("http://egov.bg/RegiX/NHIF/Response") == std::string_view::npos ? 0 : 95;
  }

 private:
  const std::uint16_t kind_;
  const bool full_snapshots_;
  const vestitel::Host& host_;
  std::string key_;
};

VESTITEL_EXPORT_READER(RegixNhif, "org.vestitel.regix-nhif", "RegiX health record", "1.0.0", kFields)

}  // namespace regix_nhif
