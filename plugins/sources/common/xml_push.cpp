#include "plugins/sources/common/xml_push.hpp"

#include <cstring>
#include <new>

#include "plugins/sources/common/ascii.hpp"

namespace sources {
namespace {

// libxml2's own texts may quote the document; these do not.
std::string describe(int code) {
  switch (code) {
    case XML_ERR_DOCUMENT_EMPTY: return "there is no XML in the document";
    case XML_ERR_DOCUMENT_END: return "the document goes on after its end";
    case XML_ERR_TAG_NAME_MISMATCH: return "an end tag does not match its start tag";
    case XML_ERR_GT_REQUIRED:
    case XML_ERR_LTSLASH_REQUIRED: return "a tag is not closed";
    case XML_ERR_INVALID_CHAR: return "a character that XML does not allow";
    case XML_ERR_UNDECLARED_ENTITY: return "an entity that XML does not define";
    case XML_ERR_ATTRIBUTE_REDEFINED: return "an attribute stands twice";
    case XML_ERR_NO_MEMORY: return "out of memory";
    default: return "not well-formed XML (libxml2 error " + std::to_string(code) + ")";
  }
}

// Of well-formed UTF-8: the bytes that do not go on with a character, eight at a time.
std::uint64_t count_characters(std::string_view text) {
  if (!holds_beyond_ascii(text)) return text.size();
  std::uint64_t tails = 0;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + i, sizeof eight);
    tails += (((eight & ~(eight << 1)) >> 7 & 0x0101010101010101U) * 0x0101010101010101U) >> 56;
  }
  for (; i < text.size(); ++i) tails += (text[i] & 0xC0) == 0x80 ? 1U : 0U;
  return text.size() - tails;
}

std::size_t blanks_before(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && (text[n] == ' ' || text[n] == '\n' || text[n] == '\t' || text[n] == '\r')) ++n;
  return n;
}

// A tag is hardly ever of more than one line.
std::uint32_t count_lines(std::string_view tag) {
  std::uint32_t lines = 0;
  for (std::size_t at = tag.find('\n'); at != std::string_view::npos; at = tag.find('\n', at + 1)) ++lines;
  return lines;
}

}  // namespace

XmlPush::XmlPush(XmlHandler& handler) : handler_(handler) {
  xmlSAXHandler sax{};
  sax.initialized = XML_SAX2_MAGIC;
  sax.startElementNs = on_open;
  sax.endElementNs = on_close;
  // The same function for blank text: libxml2 then does not try to tell which blanks matter.
  sax.characters = sax.ignorableWhitespace = sax.cdataBlock = on_text;
  sax.internalSubset = on_doctype;
  sax.serror = on_error;
  parser_ = xmlCreatePushParserCtxt(&sax, this, nullptr, 0, nullptr);
  if (parser_ == nullptr) throw std::bad_alloc();
  // The bytes are UTF-8 by now, whatever the declaration says. NOENT: attributes come with their references resolved;
  // only the five of XML exist, since a DOCTYPE is refused.
  xmlCtxtUseOptions(parser_, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT);
}

XmlPush::~XmlPush() { xmlFreeParserCtxt(parser_); }

bool XmlPush::push(std::string_view piece) {
  if (failed_) return false;
  xmlParseChunk(parser_, piece.data(), static_cast<int>(piece.size()), 0);
  return check_after_push();
}

bool XmlPush::finish() {
  if (failed_) return false;
  const int depth = depth_;
  xmlParseChunk(parser_, "", 0, 1);
  if (parser_->wellFormed != 0 || failed_ || thrown_ < 0) return check_after_push();
  if (depth > 0) fail("document", "the document is cut off inside an element");
  if (!rooted_) fail("document", "there is no XML in the document");
  return check_after_push();
}

bool XmlPush::check_after_push() {
  if (thrown_ < 0) throw vestitel::Error(thrown_, "reading a record");
  if (failed_) return false;
  if (parser_->wellFormed == 0) {
    fail("document", describe(error_code_));
  } else if (static_cast<std::size_t>(parser_->input->end - parser_->input->cur) > kToken) {
    fail("document", "a tag, comment, CDATA section or instruction is longer than 64 KiB");
  } else if (!rooted_ && offset() > kText) {
    fail("document", "there is no element in its first megabyte");
  }
  return !failed_;
}

void XmlPush::fail(std::string_view element, std::string_view reason) {
  if (failed_) return;
  failed_ = true;
  element_ = element;
  fault_ = reason;
  if (fault_place_.line == 0 && parser_->input != nullptr) {
    fault_place_ = {offset(), static_cast<std::uint32_t>(parser_->input->line),
                    static_cast<std::uint32_t>(parser_->input->col)};
  }
  xmlStopParser(parser_);
}

std::uint64_t XmlPush::offset() const {
  const xmlParserInputPtr input = parser_->input;
  return input->consumed + static_cast<std::uint64_t>(input->cur - input->base);
}

// The parser stands at the end of the tag; no '<' can stand inside of one. Columns count characters. Of a tag over
// several lines the column is not known any more, and is 1.
vestitel_place XmlPush::tag_place() const {
  const xmlParserInputPtr input = parser_->input;
  const std::string_view before(reinterpret_cast<const char*>(input->base),
                                static_cast<std::size_t>(input->cur - input->base));
  const void* open = ::memrchr(before.data(), '<', before.size());
  const std::string_view tag =
      open == nullptr ? before
                      : before.substr(static_cast<std::size_t>(static_cast<const char*>(open) - before.data()));
  const std::uint64_t characters = count_characters(tag);
  const std::uint32_t lines = count_lines(tag);
  const auto column = static_cast<std::uint64_t>(input->col);
  return {offset() - tag.size(), static_cast<std::uint32_t>(input->line) - lines,
          static_cast<std::uint32_t>(lines == 0 && column > characters ? column - characters : 1)};
}

// libxml2 is C: no exception may pass through its frames.
template <class Body>
void XmlPush::guarded(void* self, Body&& body) {
  XmlPush& p = *static_cast<XmlPush*>(self);
  const vestitel_rc rc = vestitel::barrier(nullptr, [&] {
    body(p);
    return VESTITEL_OK;
  });
  if (rc >= 0) return;
  p.thrown_ = rc;
  xmlStopParser(p.parser_);
}

void XmlPush::on_open(void* self, const xmlChar* name, const xmlChar*, const xmlChar* uri, int, const xmlChar**,
                      int attributes, int, const xmlChar** values) {
  guarded(self, [&](XmlPush& p) {
    p.run_ = 0;
    p.rooted_ = true;
    if (++p.depth_ > kDepth) return p.fail("document", "elements are nested deeper than 64");
    if (attributes > kAttributes) return p.fail("document", "an element has more than 256 attributes");
    p.handler_.open({name, uri, values, attributes});
  });
}

void XmlPush::on_close(void* self, const xmlChar*, const xmlChar*, const xmlChar*) {
  guarded(self, [](XmlPush& p) {
    p.handler_.close();
    p.run_ = 0;
    --p.depth_;
  });
}

void XmlPush::on_text(void* self, const xmlChar* text, int n) {
  guarded(self, [&](XmlPush& p) { p.text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(n)}); });
}

void XmlPush::text(std::string_view piece) {
  run_ += piece.size();
  if (run_ > kText) return fail("document", "an element holds more than 1 MB of text");
  if (into_ == nullptr) return;
  if (!said_) piece.remove_prefix(blanks_before(piece));
  if (piece.empty()) return;
  said_ = true;
  if (piece.size() > room_) {
    overlong_ = true;
    return;
  }
  into_->append(piece);
  room_ -= piece.size();
}

void XmlPush::on_doctype(void* self, const xmlChar*, const xmlChar*, const xmlChar*) {
  guarded(self, [](XmlPush& p) { p.fail("document", "has a DOCTYPE, which is not allowed"); });
}

// The first error that ends the document is the one to tell; what follows are its echoes.
void XmlPush::on_error(void* self, xmlErrorPtr error) {
  XmlPush& p = *static_cast<XmlPush*>(self);
  if (error->level < XML_ERR_FATAL || p.error_code_ != 0) return;
  p.error_code_ = error->code;
  p.fault_place_ = {p.parser_->input != nullptr ? p.offset() : 0, static_cast<std::uint32_t>(error->line),
                    static_cast<std::uint32_t>(error->int2)};
}

}  // namespace sources
