#include "plugins/sources/common/xml_document.hpp"

#include <algorithm>

namespace sources {

XmlDocument::XmlDocument(XmlHandler& handler, vestitel::Input& in, vestitel::Emit& out, std::size_t held)
    : in_(in),
      out_(out),
      decoder_(in_),
      tape_(decoder_, std::max(held, Tape::kRecord)),
      xml_(handler),
      most_held_(held) {}

bool XmlDocument::read() {
  while (!out_.failed() && !xml_.failed()) {
    const std::string_view piece = decoder_.next();
    if (piece.empty()) break;
    feed(piece);
  }
  if (out_.failed()) return false;
  if (!xml_.failed() && decoder_.fault() != nullptr) xml_.fail("document", decoder_.fault());
  if (!xml_.failed()) xml_.finish();
  if (xml_.failed()) reject();
  return !xml_.failed();
}

// What the parser has not taken of a piece may be the beginning of a record.
void XmlDocument::feed(std::string_view piece) {
  tape_.begin(piece);
  xml_.push(piece);
  if (xml_.failed()) {
    fault_byte_ = tape_.original(xml_.fault_place().byte);
  } else {
    const std::uint64_t keep = in_record_ ? record_at_ : xml_.offset();
    tape_.end(holds_ ? std::min(hold_at_, keep) : keep);
  }
}

void XmlDocument::reject() {
  vestitel_place place = xml_.fault_place();
  place.byte = fault_byte_ != 0 ? fault_byte_ : tape_.original(place.byte);
  out_.reject(place, xml_.fault_element(), xml_.fault());
}

void XmlDocument::begin_record(vestitel_place place) {
  record_at_ = place.byte;
  record_original_ = tape_.original(record_at_);
  in_record_ = true;
}

vestitel_place XmlDocument::delivered(vestitel_place place) {
  const std::string_view bytes = record_bytes();
  const std::uint64_t into = std::min<std::uint64_t>(place.byte - record_at_, bytes.size());
  place.byte = record_original_ + decoder_.original_size(bytes.substr(0, static_cast<std::size_t>(into)));
  return place;
}

std::string_view XmlDocument::held() {
  const std::uint64_t size = xml_.offset() - hold_at_;
  if (size > most_held_) return {};
  return tape_.bytes(hold_at_, xml_.offset(), most_held_);
}

void XmlDocument::quarantine(Fault fault, bool with_bytes) {
  out_.quarantine(delivered(fault.place), fault.element, fault.reason,
                  with_bytes ? record_bytes() : std::string_view());
}

}  // namespace sources
