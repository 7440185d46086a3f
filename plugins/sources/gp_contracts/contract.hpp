// One change of a GP's contract, whatever it is written in: its fields, what they must hold, and the event that comes
// of them. The format is ours: docs/formats/gp-contracts.md.
#pragma once
#include <string>
#include <string_view>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/name.hpp"
#include "plugins/sources/common/rows/registry.hpp"

namespace gp_contracts {

using namespace sources::literals;

enum Field : std::size_t {
  kRecord,
  kContract,
  kPractice,
  kPracticeName,
  kUin,
  kGpName,
  kChange,
  kEffect,
  kDate,
  kUntil,
  kChoiceFrom,
  kRevision
};
inline constexpr std::size_t kFields = 12;

// Columns of the CSV and elements of the XML, in the order of the fields.
inline constexpr std::array<sources::Name, kFields> kNames = {
    {"record"_n, "contract"_n, "practice"_n, "practice_name"_n, "uin"_n, "gp_name"_n, "change"_n, "effect"_n, "date"_n,
     "until"_n, "choice_from"_n, "revision"_n}};

// What those who chose the GP have to know.
enum class Told { nothing, terminated, unavailable };

using Texts = rows::Cells<kFields>;

class Contracts {
 public:
  // `vouched`: the sender vouches that nothing is left out of the regions that the document names.
  Contracts(vestitel::Emit& out, const vestitel::Date& today, bool vouched)
      : out_(out), today_(today), vouched_(vouched) {}

  // Emits the event of a record, or says why it cannot, then without having emitted any.
  rows::CellFault take(const Texts& texts, vestitel_place place);
  // The document says of itself that it is complete for this region.
  void declare(std::string_view region) { declared_.see(region); }
  // The end of a document that was read wholly. `quarantined`: how many of its records were set aside.
  void finish(std::uint64_t quarantined);

 private:
  rows::CellFault check(const Texts& texts);
  rows::CellFault check_parties(const Texts& texts);
  rows::CellFault check_change(const Texts& texts);
  void emit(const Texts& texts, vestitel_place place);

  vestitel::Emit& out_;
  const vestitel::Date today_;
  const bool vouched_;
  Told told_ = Told::nothing;  // of this record
  std::string region_, practice_name_, gp_name_;
  rows::Regions seen_, declared_;
};

}  // namespace gp_contracts
