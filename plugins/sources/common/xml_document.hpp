// One XML document on its way through a reader: bytes are decoded, parsed and kept as long as the open record needs
// them. Refusals and quarantined records go out with their place in the document as it was delivered.
#pragma once
#include "plugins/sources/common/decoder.hpp"
#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/tape.hpp"
#include "plugins/sources/common/xml_push.hpp"

namespace sources {

class XmlDocument {
 public:
  // Borrows all, for one document.
  // `held`: most bytes of what hold() keeps.
  XmlDocument(XmlHandler& handler, vestitel::Input& in, vestitel::Emit& out, std::size_t held = Tape::kRecord);

  // Reads to the end. False: the document was refused, or the call is over; the host knows.
  bool read();

  XmlPush& xml() { return xml_; }

  // Called by the handler: the tag that was just opened, at `place`, begins a record; the open record is over.
  void begin_record(vestitel_place place);
  void end_record() { in_record_ = false; }
  // Called by the handler while a record is open: gives it away, with its bytes up to where the parser stands or
  // without them.
  void quarantine(Fault fault, bool with_bytes = true);
  // The same for whom decides later: the open record's bytes up to where the parser stands, valid until the next call,
  // and a place inside of them as one of the document as it was delivered.
  std::string_view record_bytes() { return tape_.bytes(record_at_, xml_.offset()); }
  vestitel_place delivered(vestitel_place place);

  // Called by the handler: all bytes from `place` on are kept until release(), over the records between. held() gives
  // them up to where the parser stands, valid until the next call; empty: they are more than can be held.
  void hold(vestitel_place place) {
    hold_at_ = place.byte;
    holds_ = true;
  }
  std::string_view held();
  void release() { holds_ = false; }

 private:
  void feed(std::string_view piece);
  void reject();

  vestitel::Input& in_;
  vestitel::Emit& out_;
  Decoder decoder_;
  Tape tape_;
  XmlPush xml_;
  // The open record: where it begins, in decoded bytes and in the document's.
  std::uint64_t record_at_ = 0, record_original_ = 0;
  bool in_record_ = false, holds_ = false;
  const std::size_t most_held_;
  std::uint64_t hold_at_ = 0;     // in decoded bytes
  std::uint64_t fault_byte_ = 0;  // in the document, of what rejects it
};

}  // namespace sources
