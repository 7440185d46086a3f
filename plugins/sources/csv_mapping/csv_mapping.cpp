// Source csv-mapping: any partner's CSV or fixed-width file, by a mapping in YAML. The language of mappings:
// docs/formats/csv-mapping.md; fields, quarantine and settings: docs/sources/csv-mapping.md.
#include <vestitel/plugin.hpp>

#include "document_reader.hpp"
#include "mapping_tests.hpp"

namespace csv_mapping {

constexpr vestitel::Field kFields[] = {
    vestitel::field::text(
        "mapping",
        "The mapping, in YAML: what the columns hold and which field of the event each of them fills. "
        "Write ${file:/path} to keep it in a file of its own.")
        .required()
        .example("mapping: 1\n"
                 "columns:\n"
                 "  No: {type: token, required: true}\n"
                 "  EGN: {type: egn}\n"
                 "  Date: {type: date}\n"
                 "event:\n"
                 "  type: activity.laboratory\n"
                 "  scope: '{@partner}:{Date:YYYY-MM}'\n"
                 "  record: '{No}'\n"
                 "  subject: [EGN]\n"
                 "  occurred: '{Date}'\n"),
    vestitel::field::boolean("full_reports",
                             "Believe a sender who says that a file is complete: records that an earlier file of the "
                             "same scope had and this one has not are annulled.")
        .by_default("false"),
};

class CsvMapping {
 public:
  // What a mapping keeps beyond the vocabulary stands under the key of its class of data.
  static constexpr vestitel::Traits kTraits =
      vestitel::Traits()
          .vendor("Vestitel")
          .capabilities(R"({"attributes":{"csv-mapping.identity":"identity","csv-mapping.health":"health",)"
                        R"("csv-mapping.contact":"contact","csv-mapping.other":"other"},)"
                        R"("libraries":["libyaml-cpp.so.0.7: reads the mapping"]})");

  CsvMapping(const vestitel::Settings& settings, const vestitel::Host& host)
      : yaml_(settings.text("mapping")),
        mapping_(read_mapping(yaml_)),
        options_{settings.boolean("full_reports")},
        host_(host) {}

  // A mapping whose own tests fail reads nothing.
  void check() const { run_tests(mapping_, yaml_, today()); }
  void start() const { check(); }

  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) const {
    DocumentReader reader(mapping_, options_, document, in, out, today());
    reader.read();
    if (out.failed()) return;
    host_.log(VESTITEL_LOG_INFO, "rows_read",
              {{"rows", std::to_string(reader.rows())},
               {"quarantined", std::to_string(reader.quarantined())},
               {"skipped", std::to_string(reader.skipped())}});
  }

 private:
  vestitel::Date today() const { return vestitel::latest_date_in_sofia(host_.now_us()); }

  const std::string yaml_;
  const Mapping mapping_;
  const Options options_;
  const vestitel::Host& host_;
};

VESTITEL_EXPORT_READER(CsvMapping, "org.vestitel.csv-mapping", "CSV by a mapping", "1.0.0", kFields)

}  // namespace csv_mapping
