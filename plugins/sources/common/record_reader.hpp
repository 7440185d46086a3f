// Reads documents of the kind "a head, and then the same record over and over": each record is collected as a small
// tree and handed to the format's mapping, which makes events of it or says why it cannot. What the mapping refuses
// goes to quarantine with its own bytes; memory does not grow with the document.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/name.hpp"
#include "plugins/sources/common/tree.hpp"
#include "plugins/sources/common/xml_document.hpp"

namespace sources {

// An element where it is meant: directly below a parent of this name. A parent of hash 0: anywhere.
struct Within {
  Name parent, name;
};

// What a format looks like. Everything outlives the reader.
struct Format {
  std::span<const Name> roots;                     // one of them
  std::span<const std::string_view> namespaces{};  // in which its elements stand; empty: in none
  std::span<const Within> head{};                  // kept with all that is inside; before the first record
  std::span<const Within> records{};
  std::span<const Name> known{};    // elements and attributes; any other is counted, and kept without its name
  std::span<const Name> skipped{};  // elements that are read past with all that is inside: narrative, say
  std::size_t text = 48 * 1024;     // most bytes of a record's texts: what an event is sure to hold
  bool foreign = false;             // inside of a record elements are known in any namespace
  bool secrets = false;             // a record may hold a password: none of its bytes go to quarantine
};

// What a format's plugin does with it.
class Mapping {
 public:
  virtual ~Mapping() = default;
  // What stands above the records, called once before the first of them, or at the end. Its root is the document's.
  // A fault refuses the document; one without a line is placed at the root.
  virtual Fault head(Tree& head) = 0;
  // An element that is named as a root stands at the root, or between the records of an envelope. A fault refuses the
  // document.
  virtual Fault enter(Name) { return {}; }
  // Emits the events of a record, or says why it has none, then without having emitted any. A fault without a line is
  // placed at the record.
  virtual Fault record(Tree& record, vestitel::Emit& out) = 0;
};

class RecordReader final : private XmlHandler {
 public:
  // Borrows all, for one document.
  RecordReader(const Format& format, Mapping& mapping, vestitel::Input& in, vestitel::Emit& out);

  // Reads to the end. False: the document was refused, or the call is over; the host knows.
  bool read();

  std::uint64_t records() const { return records_; }
  std::uint64_t quarantined() const { return quarantined_; }
  std::uint64_t unknown() const { return unknown_; }
  // Writes them to the log, as "report_read".
  void log_counts(const vestitel::Host& host) const;

 private:
  enum class In : std::uint8_t { between, head, record, skipped };
  struct Meaning {  // of a name of the parser's dictionary
    const xmlChar* key = nullptr;
    Name name;
    bool known = false, skipped = false;
  };
  struct Space {  // of a URI of the parser's dictionary
    const xmlChar* key = nullptr;
    bool ours = false;
  };

  void open(const XmlTag& tag) override;
  void close() override;
  void open_root(const XmlTag& tag);
  void open_between(const XmlTag& tag, const Meaning& meaning);
  void open_in(Tree& tree, const XmlTag& tag, const Meaning& meaning);
  void enter(Name name);
  void skip(const XmlTag& tag);
  void collect();
  void end_record();
  void end_head();

  // Both: until the next call.
  const Meaning& meaning_of(const XmlTag& tag);
  const Meaning& name_of(const xmlChar* key);
  bool ours(const xmlChar* uri);
  bool listed(std::span<const Within> list, Name name) const;

  const Format& format_;
  Mapping& mapping_;
  vestitel::Emit& out_;
  XmlDocument input_;
  XmlPush& xml_;
  std::array<Meaning, 1024> meanings_{};
  std::array<Space, 16> spaces_{};
  std::size_t next_space_ = 0;

  In in_ = In::between;
  int skipped_from_ = 0;  // depth at which the skipped element stands
  In around_ = In::between;
  std::array<Name, XmlPush::kDepth + 2> path_{};
  Tree head_, record_;
  bool head_checked_ = false;
  std::uint64_t records_ = 0, quarantined_ = 0, unknown_ = 0;
};

}  // namespace sources
