// What one message, or one result of a query, says of a record, checked. While it is read its texts are those of the
// message; own() makes it independent of the document, for slips are kept until their record is settled.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

#include "kinds.hpp"

namespace nhis {

class TrustStore;

struct Settings {
  bool requests_alone = false;        // believe requests without their replies
  bool other_is_ehic = false;         // identifier type 5 is a European card
  const TrustStore* trust = nullptr;  // that signatures are checked against; null: they are noted
  bool signed_only = false;           // a message without a signature is not believed
};

// One thing that is said of a record and ends as attribute of the event.
struct Item {
  enum class Use : std::uint8_t { code, reference, attribute };
  Use use;
  const char* key;  // system, kind of document, name
  std::string_view value, text;
  // A later message that says anything under the same key and part replaces all of that key and part. The part is the
  // sequence of a dental procedure; else empty.
  std::string_view part;
  bool removed = false;  // entered in error: it replaces, and is not told
};

struct Subject {
  std::uint16_t kind = 0;  // 0: the message names nobody
  std::string_view id, birth;
};

struct Performer {
  std::string_view uin, specialty;
};

// Signatures that stand in the message. They may stand behind what they sign: known when the message is over.
struct Signatures {
  bool message = false, patient = false;
  bool holds = false;              // that of the message was checked
  std::string certificate, value;  // fingerprint of its first certificate, and its value
};

// Bytes and place of a record, for quarantine.
struct Kept {
  std::string_view bytes;
  vestitel_place place{};
};

struct Slip {
  const Meaning* meaning = nullptr;
  std::int64_t created_us = 0;
  std::string_view number, local;  // national number, UUID in lower case
  char status = 0;                 // 0: not said
  bool correction = false;         // fetched: it says of itself that it was corrected
  bool partly = false;             // reply: taken back in part
  bool broken = false;             // it is in quarantine already; kept so that what belongs to it is known
  Subject subject;
  Performer performer;
  std::string_view facility, region, financing;
  std::optional<vestitel::Date> occurred, discharged;
  bool deceased = false;
  std::vector<Item> items;
  std::vector<const char*> warnings;
  std::shared_ptr<const Signatures> signatures;
  Kept kept;

  // Copies all texts into one block, which copies of this slip share. What is taken over from another slip later on
  // lives as long as that one.
  void own();

 private:
  std::shared_ptr<char[]> texts_;
};

}  // namespace nhis
