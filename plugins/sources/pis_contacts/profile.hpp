// One line of JSON: the contacts that a person's profile has since a moment. The format is ours:
// docs/formats/pis-contacts.md.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

namespace pis_contacts {

// Why a line cannot be an event: the key, and words without any value.
struct LineFault {
  std::string_view element, reason;
  explicit operator bool() const { return !reason.empty(); }
};

class Profiles {
 public:
  Profiles(vestitel::Emit& out, const vestitel::Date& today) : out_(out), today_(today) {}

  // Emits the event of a line, or says why it cannot, then without having emitted any.
  LineFault take(std::string_view line, vestitel_place place);
  // Keys that no line has, so far.
  std::uint64_t unknown() const { return unknown_; }

 private:
  struct Profile {
    std::uint16_t kind = 0;
    std::string_view id, changed, email, mobile, language;
    bool left_out = false;  // a number is no mobile one of Bulgaria
  };

  LineFault check(std::string_view line);
  LineFault check_person();
  LineFault check_moment();
  LineFault check_contacts();
  const vestitel::JsonMember* member(std::string_view key) const;
  LineFault text(std::string_view key, std::string_view& into) const;
  LineFault text_or_null(std::string_view key, std::string_view& into) const;
  void count_unknown();
  void emit(vestitel_place place);

  vestitel::Emit& out_;
  const vestitel::Date today_;
  std::vector<vestitel::JsonMember> members_;
  Profile profile_;
  std::uint64_t unknown_ = 0;
};

}  // namespace pis_contacts
