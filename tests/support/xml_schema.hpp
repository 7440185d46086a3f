// An XML Schema beside a format of ours, and what it says of a document.
#pragma once
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace vestitel::testing {

class XmlSchema {
 public:
  explicit XmlSchema(const std::string& path) {
    const std::unique_ptr<xmlSchemaParserCtxt, decltype(&xmlSchemaFreeParserCtxt)> parser(
        xmlSchemaNewParserCtxt(path.c_str()), xmlSchemaFreeParserCtxt);
    schema_.reset(xmlSchemaParse(parser.get()));
    REQUIRE(schema_ != nullptr);
  }
  // The lines of the elements that the schema does not let pass.
  std::vector<int> faults(const std::string& bytes) const {
    const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
        xmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr,
                      XML_PARSE_NONET | XML_PARSE_NOWARNING),
        xmlFreeDoc);
    REQUIRE(document != nullptr);
    const std::unique_ptr<xmlSchemaValidCtxt, decltype(&xmlSchemaFreeValidCtxt)> valid(
        xmlSchemaNewValidCtxt(schema_.get()), xmlSchemaFreeValidCtxt);
    std::vector<int> lines;
    const auto note = [](void* to, xmlErrorPtr error) {
      auto& all = *static_cast<std::vector<int>*>(to);
      if (all.empty() || all.back() != error->line) all.push_back(error->line);
    };
    xmlSchemaSetValidStructuredErrors(valid.get(), note, &lines);
    const bool fits = xmlSchemaValidateDoc(valid.get(), document.get()) == 0;
    CHECK(fits == lines.empty());
    return lines;
  }

 private:
  std::unique_ptr<xmlSchema, decltype(&xmlSchemaFree)> schema_{nullptr, xmlSchemaFree};
};

}  // namespace vestitel::testing
