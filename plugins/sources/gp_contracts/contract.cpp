#include "plugins/sources/gp_contracts/contract.hpp"

#include "plugins/sources/common/one_line.hpp"
#include "plugins/sources/common/rows/checks.hpp"

namespace gp_contracts {
namespace {

constexpr std::size_t kLongestName = 500;

// What a change means for those who chose the GP.
struct Meaning {
  std::string_view change, effect;
  Told told;
};
constexpr Meaning kMeanings[] = {
    {"ended", "", Told::terminated},         {"suspended", "", Told::unavailable},
    {"changed", "leaves", Told::terminated}, {"changed", "unavailable", Told::unavailable},
    {"changed", "stays", Told::nothing},
};

bool is_contract(std::string_view number) {
  return vestitel::is_digits(number, 6) && rows::is_region(number.substr(0, 2));
}

}  // namespace

rows::CellFault Contracts::take(const Texts& texts, vestitel_place place) {
  if (const rows::CellFault fault = check(texts)) return fault;
  seen_.see(region_);
  if (told_ != Told::nothing) emit(texts, place);
  return {};
}

void Contracts::finish(std::uint64_t quarantined) {
  // A record that could not be read may be the one that seems to be gone.
  if (quarantined > 0 || out_.failed()) return;
  if (!vouched_) seen_.keep(declared_);
  seen_.complete(out_);
}

rows::CellFault Contracts::check(const Texts& texts) {
  if (const auto wrong = rows::record_fault(texts[kRecord], texts[kUin]); !wrong.empty()) return {kRecord, wrong};
  if (const rows::CellFault fault = check_parties(texts)) return fault;
  if (const rows::CellFault fault = check_change(texts)) return fault;
  const std::string_view revision = texts[kRevision];
  if (!revision.empty() && revision != "annulled") return {kRevision, "is neither empty nor annulled"};
  return {};
}

rows::CellFault Contracts::check_parties(const Texts& texts) {
  if (!is_contract(texts[kContract])) return {kContract, "is not a contract's number of six digits"};
  region_ = rows::region_of(texts[kPractice]);
  if (region_.empty()) return {kPractice, "is not a facility's number of ten digits"};
  if (!vestitel::is_uin(texts[kUin])) return {kUin, "is not a practitioner's number"};
  for (const Field name : {kPracticeName, kGpName}) {
    if (const auto wrong = rows::text_fault(texts[name], kLongestName); !wrong.empty()) return {name, wrong};
  }
  return {};
}

rows::CellFault Contracts::check_change(const Texts& texts) {
  bool known = false, fits = false;
  for (const Meaning& meaning : kMeanings) {
    if (meaning.change != texts[kChange]) continue;
    known = true;
    if (meaning.effect != texts[kEffect]) continue;
    fits = true;
    told_ = meaning.told;
  }
  if (!known) return {kChange, "is none of ended, suspended and changed"};
  if (!fits) return {kEffect, "does not belong to this change"};
  if (const auto wrong = rows::past_day_fault(texts[kDate], today_); !wrong.empty()) return {kDate, wrong};
  const std::string_view until = texts[kUntil], choice = texts[kChoiceFrom];
  if (!until.empty()) {
    if (told_ != Told::unavailable) return {kUntil, "stands beside a change that has no end"};
    if (const auto wrong = rows::day_fault(until); !wrong.empty()) return {kUntil, wrong};
    if (*vestitel::parse_date(until) < *vestitel::parse_date(texts[kDate]))
      return {kUntil, "lies before the beginning"};
  }
  if (told_ == Told::nothing && choice.empty()) return {};
  return {kChoiceFrom, rows::day_fault(choice)};
}

void Contracts::emit(const Texts& texts, vestitel_place place) {
  const bool ended = told_ == Told::terminated;
  auto& event = out_.event(ended ? "gp.contract-terminated" : "gp.unavailable", place);
  event.key(region_, texts[kRecord]).uin(texts[kUin]).on(texts[kDate]);
  event.facility(texts[kPractice], sources::shown(texts[kPracticeName], practice_name_), region_);
  event.practitioner(texts[kUin], sources::shown(texts[kGpName], gp_name_)).ref("contract", texts[kContract]);
  event.attr(ended ? "period.to" : "period.from", texts[kDate]).attr("period.to", texts[kUntil]);
  event.attr("gp-contracts.change", texts[kChange]).attr("gp-contracts.choice-from", texts[kChoiceFrom]);
  if (!texts[kRevision].empty()) event.annulled();
}

}  // namespace gp_contracts
