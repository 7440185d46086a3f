// What a sheet gives beside the visit itself: the referrals that were issued at it, and immunizations.
#pragma once
#include <string>
#include <vector>

#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/rules.hpp"
#include "slot.hpp"

namespace nzok_amblist {

enum class ReferralKind : std::uint8_t { specialist, activity, laboratory };
// In the order in which the format lists them.
enum class ReferralPart : std::uint8_t { specialty, number, activity, diagnosis };

// The parts of the referrals of one sheet. The format groups them by their order, with or without an element around.
class Issued {
 public:
  void clear();
  bool empty() const { return parts_.empty() && immunizations_.empty(); }

  // Where the next part's text is to be kept, until the next call; null: there are too many. A part that cannot follow
  // the last one of its kind begins the next referral.
  Slot* add(ReferralKind kind, ReferralPart part);
  // The element that held them is over: what follows belongs to other referrals.
  void end_referrals();
  Slot* add_immunization();

  // Finds which of them become events, and brings their texts, which lie in `text`, into the form that is shown.
  // Bad: one number stands for referrals of two kinds.
  sources::Fault check(std::string& text, sources::Warnings& warnings);

 private:
  friend class IssuedWriter;
  struct Referral {
    ReferralKind kind = ReferralKind::specialist;
    Slot number;
    std::size_t told_with = 0;  // the first referral of the same number; kNotTold
  };
  struct Part {
    std::size_t referral = 0;
    ReferralPart part = ReferralPart::specialty;
    Slot text;
    std::size_t first_length = 0;  // of a diagnosis that is two: of the first of them
  };
  static constexpr std::size_t kNone = SIZE_MAX;

  sources::Fault find_numbers(std::string& text, sources::Warnings& warnings);
  void check_part(Part& part, std::string& text, sources::Warnings& warnings);

  std::vector<Referral> referrals_;
  std::vector<Part> parts_;
  std::vector<Slot> immunizations_;
  struct Last {
    std::size_t referral = kNone;
    ReferralPart part = ReferralPart::specialty;
  };
  Last last_[3];  // by kind
};

// What the events of one visit share.
struct Visit {
  std::string_view scope, key, number, uin, name, birth;
  std::uint16_t subject_kind = 0;
  std::string_view subject;
  vestitel::Date date{};
};
struct Report;
struct Doctor;

class IssuedWriter {
 public:
  // Borrows all. `text`: the sheet's.
  IssuedWriter(const Issued& issued, std::string_view text, const Visit& visit, const Report& report,
               const Doctor& doctor)
      : issued_(issued), text_(text), visit_(visit), report_(report), doctor_(doctor) {}

  void write_referrals(vestitel::Emit& out) const;
  void write_immunizations(vestitel::Emit& out) const;
  // As facts of the visit.
  void note_immunizations(vestitel::Event& event) const;

 private:
  void write_head(vestitel::Event& event, std::string_view key) const;
  void write_part(vestitel::Event& event, ReferralKind kind, const Issued::Part& part) const;
  bool again(std::size_t immunization) const;

  const Issued& issued_;
  const std::string_view text_;
  const Visit& visit_;
  const Report& report_;
  const Doctor& doctor_;
};

}  // namespace nzok_amblist
