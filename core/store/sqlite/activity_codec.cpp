#include "core/store/sqlite/activity_codec.hpp"

#include <algorithm>
#include <cstring>

#include "core/pipeline/activity.hpp"

namespace vestitel::sqlite {
namespace {

constexpr std::size_t kOrdered = 4;  // bytes in front that keep the numbers' order

std::uint32_t ordered(std::string_view number) {
  constexpr std::size_t kDay = 5;  // characters
  std::uint32_t order = 0;
  for (const char c : number.substr(0, kDay))
    order = order * 36 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'A' + 10);
  return order;
}

}  // namespace

ActivityIdentity ActivityCodec::identity(EventType type, PersonId person, std::string_view national_number) {
  ActivityIdentity identity{};
  const std::uint32_t order = ordered(national_number);
  for (std::size_t i = 0; i < kOrdered; ++i) identity[i] = static_cast<char>(order >> (8 * (kOrdered - 1 - i)));
  const std::string head = "activity/1/" + std::to_string(static_cast<int>(type)) + "/" + std::to_string(person) + "/";
  const Digest digest = hmac_.of({head, national_number});
  std::memcpy(identity.data() + kOrdered, digest.data(), identity.size() - kOrdered);
  return identity;
}

std::uint32_t ActivityCodec::hash(std::string_view field, std::string_view value) {
  key_.assign("shown/1/").append(field).append("=").append(value);
  const auto known = known_.find(key_);
  if (known != known_.end()) return known->second;
  const Digest digest = hmac_.of({key_});
  std::uint32_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return known_.emplace(key_, hash).first->second;
}

void ActivityCodec::append_shown(const EventView& event, std::string& out) {
  encode_shown(
      event, [this](std::string_view field, std::string_view value) { return hash(field, value); }, shown_);
  out += shown_;
}

}  // namespace vestitel::sqlite
