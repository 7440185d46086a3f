// Whether a document is valid by a schema, in the words of libxml2; the schema stands on its own.
#pragma once
#include <libxml/xmlschemas.h>

#include <memory>
#include <string>

namespace vestitel::testing {

// "" where it is; "no schema" where the schema itself is none.
inline std::string schema_fault(const std::string& schema_path, const std::string& document) {
  const auto parser = std::unique_ptr<xmlSchemaParserCtxt, void (*)(xmlSchemaParserCtxtPtr)>(
      xmlSchemaNewParserCtxt(schema_path.c_str()), xmlSchemaFreeParserCtxt);
  const auto schema = std::unique_ptr<xmlSchema, void (*)(xmlSchemaPtr)>(xmlSchemaParse(parser.get()), xmlSchemaFree);
  const auto valid = std::unique_ptr<xmlSchemaValidCtxt, void (*)(xmlSchemaValidCtxtPtr)>(
      schema ? xmlSchemaNewValidCtxt(schema.get()) : nullptr, xmlSchemaFreeValidCtxt);
  const auto doc = std::unique_ptr<xmlDoc, void (*)(xmlDocPtr)>(
      xmlReadMemory(document.data(), static_cast<int>(document.size()), "document", nullptr,
                    XML_PARSE_NONET | XML_PARSE_NOWARNING),
      xmlFreeDoc);
  if (!valid) return "no schema";
  if (!doc) return "no document";
  std::string fault;
  xmlSchemaSetValidStructuredErrors(
      valid.get(),
      [](void* said, xmlErrorPtr error) {
        *static_cast<std::string*>(said) += std::to_string(error->line) + ": " + error->message;
      },
      &fault);
  const int rc = xmlSchemaValidateDoc(valid.get(), doc.get());
  return rc != 0 && fault.empty() ? "not valid" : fault;
}

}  // namespace vestitel::testing
