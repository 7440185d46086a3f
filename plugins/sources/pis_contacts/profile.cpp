#include "plugins/sources/pis_contacts/profile.hpp"

#include <algorithm>

#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/rows/checks.hpp"
#include "plugins/sources/common/rows/registry.hpp"
#include "plugins/sources/pis_contacts/address.hpp"

namespace pis_contacts {
namespace {

using Kind = vestitel::JsonMember::Kind;

constexpr std::string_view kKeys[] = {"type", "id", "changed", "email", "mobile", "language"};
constexpr std::size_t kDay = 10, kMonth = 7;  // bytes of YYYY-MM-DD, of YYYY-MM

// "2026-11-20T08:15:00Z"
bool is_instant(std::string_view text) {
  return text.size() == 20 && vestitel::parse_date(text.substr(0, kDay)) && text[kDay] == 'T' && text.back() == 'Z' &&
         vestitel::is_time_of_day(text.substr(kDay + 1, 8));
}

std::int64_t instant_us(std::string_view text) {
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const std::int64_t seconds = (two(11) * 60 + two(14)) * 60 + two(17);
  return vestitel::midnight_us(*vestitel::parse_date(text.substr(0, kDay))) + seconds * 1'000'000;
}

bool is_language(std::string_view text) {
  return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

LineFault Profiles::take(std::string_view line, vestitel_place place) {
  if (const LineFault fault = check(line)) return fault;
  count_unknown();
  emit(place);
  return {};
}

LineFault Profiles::check(std::string_view line) {
  profile_ = {};
  members_.clear();
  if (vestitel::FlatJson(line).read(members_) != nullptr) return {"line", "is not one JSON object"};
  if (const LineFault fault = check_person()) return fault;
  if (const LineFault fault = check_moment()) return fault;
  return check_contacts();
}

LineFault Profiles::check_person() {
  std::string_view type;
  if (const LineFault fault = text("type", type)) return fault;
  profile_.kind = rows::person_kind(type);
  if (profile_.kind == 0) return {"type", "is none of egn, lnch, nap and ehic"};
  if (const LineFault fault = text("id", profile_.id)) return fault;
  return {"id", rows::person_fault(profile_.kind, profile_.id, today_)};
}

LineFault Profiles::check_moment() {
  if (const LineFault fault = text("changed", profile_.changed)) return fault;
  if (!is_instant(profile_.changed)) return {"changed", "is not an instant written YYYY-MM-DDThh:mm:ssZ"};
  return {"changed", sources::day_fault(*vestitel::parse_date(profile_.changed.substr(0, kDay)), today_)};
}

// A key that is not there says nothing; null says that the person has none. One must not be taken for the other.
LineFault Profiles::check_contacts() {
  if (const LineFault fault = text_or_null("email", profile_.email)) return fault;
  if (!profile_.email.empty() && !is_mailbox(profile_.email)) return {"email", "is not an e-mail address"};
  if (const LineFault fault = text_or_null("mobile", profile_.mobile)) return fault;
  if (!profile_.mobile.empty()) {
    const Phone phone = phone_kind(profile_.mobile);
    if (phone == Phone::none) return {"mobile", "is not a number in its international form"};
    profile_.left_out = phone == Phone::elsewhere;
  }
  if (member("language") == nullptr) return {};
  if (const LineFault fault = text_or_null("language", profile_.language)) return fault;
  const bool fits = profile_.language.empty() || is_language(profile_.language);
  return {"language", fits ? "" : "is not a language of two letters"};
}

const vestitel::JsonMember* Profiles::member(std::string_view key) const {
  const auto at = std::find_if(members_.begin(), members_.end(), [&](const auto& one) { return one.key == key; });
  return at == members_.end() ? nullptr : &*at;
}

LineFault Profiles::text(std::string_view key, std::string_view& into) const {
  const vestitel::JsonMember* found = member(key);
  if (found == nullptr) return {key, "is missing or empty"};
  if (found->kind != Kind::text) return {key, "is not a text"};
  into = found->text;
  return {key, into.empty() ? "is missing or empty" : ""};
}

LineFault Profiles::text_or_null(std::string_view key, std::string_view& into) const {
  const vestitel::JsonMember* found = member(key);
  if (found != nullptr && found->kind == Kind::null) return {};
  return text(key, into);
}

void Profiles::count_unknown() {
  for (const vestitel::JsonMember& one : members_) {
    if (std::find(std::begin(kKeys), std::end(kKeys), one.key) == std::end(kKeys)) ++unknown_;
  }
}

void Profiles::emit(vestitel_place place) {
  auto& event = out_.event("contact.changed", place);
  event.key(profile_.changed.substr(0, kMonth), profile_.changed).subject(profile_.kind, profile_.id);
  event.at(instant_us(profile_.changed)).attr("pis-contacts.email", profile_.email);
  const bool used = !profile_.left_out;
  event.attr("pis-contacts.mobile", used ? profile_.mobile : "").attr("pis-contacts.left-out", used ? "" : "mobile");
  event.attr("pis-contacts.language", profile_.language);
}

}  // namespace pis_contacts
