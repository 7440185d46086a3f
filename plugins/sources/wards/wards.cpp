// Source wards: parents, guardians and trustees as staff register them, one event for each registration. Fields and
// quarantine: docs/sources/wards.md; the format: docs/formats/wards.md.
#include <vestitel/plugin.hpp>

#include "register_reader.hpp"

namespace wards {

class Wards {
 public:
  // The number of the one who cares is a person's as the ward's is: it stands in an attribute, never in a key.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(
              R"({"attributes":{"wards.carer":"identity","wards.carer-type":"identity","wards.kind":"identity"}})");

  explicit Wards(const vestitel::Host& host) : host_(host) {}

  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) const {
    RegisterReader reader(in, out, vestitel::latest_date_in_sofia(host_.now_us()), document.complete);
    reader.read();
    if (out.failed()) return;
    host_.log(VESTITEL_LOG_INFO, "register_read",
              {{"rows", std::to_string(reader.rows())}, {"quarantined", std::to_string(reader.quarantined())}});
  }

  static int sniff(std::string_view, std::string_view head) {
    const std::string_view line = head.substr(0, head.find('\n'));
    for (const char* column : {"ward_type;", "carer_type;"}) {
      if (line.find(column) == std::string_view::npos) return 0;
    }
    return 95;
  }

 private:
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(Wards, "org.vestitel.wards", "Register of wards", "1.0.0", "{}")

}  // namespace wards
