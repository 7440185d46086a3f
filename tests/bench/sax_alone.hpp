// What the readers of XML are compared with: libxml2's push parser by itself, on the same bytes in pieces of 64 KiB.
#pragma once
#include <libxml/parser.h>

#include <cstdlib>
#include <string_view>

namespace bench {

// Parses the document and does nothing with it. Returns how many elements it has.
inline std::uint64_t sax_alone(std::string_view document) {
  static std::uint64_t elements;
  elements = 0;
  xmlSAXHandler sax{};
  sax.initialized = XML_SAX2_MAGIC;
  sax.startElementNs = [](void*, const xmlChar*, const xmlChar*, const xmlChar*, int, const xmlChar**, int, int,
                          const xmlChar**) { ++elements; };
  sax.endElementNs = [](void*, const xmlChar*, const xmlChar*, const xmlChar*) {};
  sax.characters = sax.ignorableWhitespace = [](void*, const xmlChar*, int) {};
  xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&sax, nullptr, nullptr, 0, nullptr);
  xmlCtxtUseOptions(parser, XML_PARSE_NONET);
  constexpr std::size_t kChunk = 64 * 1024;
  while (!document.empty()) {
    const std::string_view piece = document.substr(0, kChunk);
    xmlParseChunk(parser, piece.data(), static_cast<int>(piece.size()), 0);
    document.remove_prefix(piece.size());
  }
  xmlParseChunk(parser, "", 0, 1);
  if (parser->wellFormed == 0) std::abort();
  xmlFreeParserCtxt(parser);
  return elements;
}

}  // namespace bench
