// libxml2's push parser, held to the limits of hostile input: no DOCTYPE, no network, 64 levels, 256 attributes, 1 MB
// of text in an element, 64 KiB in a tag, comment, CDATA section or instruction. Whatever exceeds them refuses the
// document.
#pragma once
#include <libxml/parser.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <vestitel/plugin.hpp>

namespace sources {

// An attribute, as it stands: references are resolved.
struct XmlAttribute {
  const xmlChar* name;
  const xmlChar* uri;  // null: in no namespace
  std::string_view value;
};

// The opened tag. Names and URIs are those of the parser's dictionary: equal names have equal addresses.
class XmlTag {
 public:
  XmlTag(const xmlChar* tag_name, const xmlChar* tag_uri, const xmlChar** raw, int count)
      : name(tag_name), uri(tag_uri), raw_(raw), count_(static_cast<std::size_t>(count)) {}
  const xmlChar* name;
  const xmlChar* uri;  // null: in no namespace
  std::size_t attributes() const { return count_; }
  XmlAttribute attribute(std::size_t i) const {
    const xmlChar** a = raw_ + 5 * i;  // name, prefix, URI, begin, end
    return {a[0], a[2], {reinterpret_cast<const char*>(a[3]), static_cast<std::size_t>(a[4] - a[3])}};
  }

 private:
  const xmlChar** raw_;
  std::size_t count_;
};

// What the document's reader is told, in document order. Text comes in pieces of any size.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void open(const XmlTag& tag) = 0;
  virtual void close() = 0;
};

class XmlPush {
 public:
  static constexpr int kDepth = 64, kAttributes = 256;
  static constexpr std::size_t kText = 1'000'000, kToken = 64 * 1024;

  // Throws std::bad_alloc when libxml2 has no memory.
  explicit XmlPush(XmlHandler& handler);
  XmlPush(const XmlPush&) = delete;
  XmlPush& operator=(const XmlPush&) = delete;
  ~XmlPush();

  // Parses a piece of UTF-8. False: the document is refused, fault() says why. What the handler throws comes out as a
  // vestitel::Error.
  bool push(std::string_view piece);
  bool finish();

  // Where the parser keeps each name and URI once; lives as long as the parser.
  xmlDict* dictionary() const { return parser_->dict; }

  // Text of the elements goes to `into` until told otherwise, up to `limit` bytes, without the blanks before it; null:
  // it is read past. Called by the handler.
  void collect(std::string* into, std::size_t limit) {
    into_ = into;
    room_ = limit;
    overlong_ = said_ = false;
  }
  // Whether more text came than the limit let in.
  bool overlong() const { return overlong_; }

  // Refuses the document; the first reason stands. Called by the handler, or between pushes.
  void fail(std::string_view element, std::string_view reason);
  bool failed() const { return failed_; }
  const std::string& fault_element() const { return element_; }
  const std::string& fault() const { return fault_; }
  vestitel_place fault_place() const { return fault_place_; }

  // Inside open(): where the tag that was opened begins. `byte` counts decoded bytes.
  vestitel_place tag_place() const;
  // Inside open() and close(): how many decoded bytes the parser has taken.
  std::uint64_t offset() const;
  int depth() const { return depth_; }

 private:
  static void on_open(void* self, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri, int namespaces,
                      const xmlChar** names, int attributes, int defaulted, const xmlChar** values);
  static void on_close(void* self, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri);
  static void on_text(void* self, const xmlChar* text, int n);
  static void on_doctype(void* self, const xmlChar* name, const xmlChar* id, const xmlChar* system);
  static void on_error(void* self, xmlErrorPtr error);
  void text(std::string_view piece);
  bool check_after_push();
  template <class Body>
  static void guarded(void* self, Body&& body);

  XmlHandler& handler_;
  xmlParserCtxtPtr parser_ = nullptr;
  std::string* into_ = nullptr;
  std::size_t room_ = 0, run_ = 0;
  bool said_ = false;  // something but blanks has come since collect()
  bool overlong_ = false, failed_ = false, rooted_ = false;
  int depth_ = 0;
  int error_code_ = 0;
  vestitel_rc thrown_ = VESTITEL_OK;  // what a callback threw: it must not cross libxml2, and is thrown again behind it
  std::string element_, fault_;
  vestitel_place fault_place_{};
};

}  // namespace sources
