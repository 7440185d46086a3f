// event.identity and event.shown: what routing needs to know whether two reports are of one activity and say the same,
// without opening either.
#pragma once
#include <string>
#include <unordered_map>

#include "core/base/crypto.hpp"
#include "core/model/event.hpp"

namespace vestitel::sqlite {

// One a batch: what comes back record after record is hashed once.
class ActivityCodec {
 public:
  explicit ActivityCodec(Hmac& hmac) : hmac_(hmac) {}  // borrows

  // The national number begins with the day on which it was given out; so does the identity, for locality.
  ActivityIdentity identity(EventType type, PersonId person, std::string_view national_number);
  // Appends event.shown.
  void append_shown(const EventView& event, std::string& out);

 private:
  std::uint32_t hash(std::string_view field, std::string_view value);

  Hmac& hmac_;
  std::unordered_map<std::string, std::uint32_t> known_;
  std::string key_, shown_;
};

}  // namespace vestitel::sqlite
