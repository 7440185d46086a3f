// Walks a document: one message, or a bundle of them; of a message its header, and what it tells, which is one record
// or, of an answer to a query, one record a result.
#pragma once
#include <string>

#include "ledger.hpp"
#include "names.hpp"
#include "plugins/sources/common/xml_document.hpp"
#include "slip_reader.hpp"

namespace nhis {

// What the root of a bundle says of the page that it is; empty: nothing.
struct BundleMark {
  std::string next, more;
};

class MessageReader final : private sources::XmlHandler {
 public:
  // Borrows all, for one document.
  MessageReader(const Settings& settings, const vestitel::Host& host, vestitel::Input& in, vestitel::Emit& out);

  // Reads the document to its end, or refuses it.
  void read();

  // Of what was read.
  const BundleMark& mark() const { return mark_; }
  std::uint64_t told_in() const { return told_in_; }  // messages; of an answer to a query its results
  std::uint64_t records() const { return ledger_.records(); }

 private:
  // What an open element is; inside a tree, whatever stands there.
  enum class In : std::uint8_t { bundle, message, contents, header, part, result, signature, skipped };
  enum class Space : std::uint8_t { none, ours, bundle, signature, other };

  void open(const sources::XmlTag& tag) override;
  void close() override;
  void open_root(const sources::XmlTag& tag, Space space, std::string_view name);
  void read_mark(const sources::XmlTag& tag);
  void open_in_message(const sources::XmlTag& tag, Space space, std::string_view name);
  void open_in_contents(const sources::XmlTag& tag, Space space, std::string_view name);
  void open_in_signature(Space space, std::string_view name);
  void open_in_tree(const sources::XmlTag& tag, Space space);
  void begin_message();
  void end_message();
  void end_header();
  void end_in_signature();
  void end_tree();
  void begin_tree(In in, sources::Tree& tree, const sources::XmlTag& tag);
  void collect();
  Space space_of(const xmlChar* uri);
  static Space space_named(std::string_view text);

  void end_result();
  void end_single();
  void end_error();
  void check_count();
  bool repeated();
  void check_signature();
  const std::string& fingerprint();  // of the open message's certificate; empty: there is none
  void take(sources::Tree& tree, sources::Node body);
  // Of the open record; of the whole message once its results have been read.
  void quarantine(sources::Fault fault);
  void bad(std::string_view element, std::string_view reason, vestitel_place place);
  void log_counts() const;

  const Settings& settings_;
  const vestitel::Host& host_;
  vestitel::Emit& out_;
  sources::XmlDocument input_;
  sources::XmlPush& xml_;
  const vestitel::Date today_;
  Ledger ledger_;
  sources::Tree header_tree_, contents_, result_;
  sources::Tree* tree_ = nullptr;  // that is being built
  KnownNames names_;
  const xmlChar* last_uri_ = nullptr;  // of the parser's dictionary
  Space last_space_ = Space::none;

  BundleMark mark_;
  In in_ = In::message;
  In around_ = In::message;  // what the skipped element stands in
  int skipped_from_ = 0, message_depth_ = 0;

  // Of the open message.
  Header header_;
  sources::Fault fault_;
  vestitel_place message_place_{};
  bool has_header_ = false, has_contents_ = false, refused_ = false;
  std::uint64_t results_ = 0;
  std::shared_ptr<Signatures> signatures_;
  std::string certificate_, value_;           // of its signature, as they stand
  std::string fingerprint_, fingerprint_of_;  // and of what
  std::string* signature_text_ = nullptr;     // where the text of the open element belongs
  std::vector<Slip> taken_;                   // until the signature over them was checked

  // Of the message before: an error answers the request that it follows.
  std::string last_type_, last_sender_;
  IdTable<std::size_t> seen_;  // id of a message → hash of its bytes, never 0
  std::uint64_t messages_ = 0, told_in_ = 0, others_ = 0, errors_ = 0, duplicates_ = 0, unknown_ = 0, quarantined_ = 0;
};

}  // namespace nhis
