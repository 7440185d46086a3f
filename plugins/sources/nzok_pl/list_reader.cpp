#include "plugins/sources/nzok_pl/list_reader.hpp"

#include <algorithm>

#include "plugins/sources/common/day.hpp"
#include "plugins/sources/common/one_line.hpp"
#include "plugins/sources/common/rows/checks.hpp"
#include "plugins/sources/common/trimmed.hpp"

namespace nzok_pl {
namespace {

constexpr std::size_t kLongestText = 500;

// How the list writes its dates is not documented; these cannot be mistaken for one another.
std::optional<vestitel::Date> date_of(std::string_view text) {
  for (const char* pattern : {"YYYY-MM-DD", "D.M.YYYY", "D.M.YYYY г."}) {
    if (const auto date = vestitel::parse_date(text, pattern)) return date;
  }
  return std::nullopt;
}

std::string iso(const vestitel::Date& date) {
  const auto two = [](int n) { return (n < 10 ? "-0" : "-") + std::to_string(n); };
  return std::to_string(date.year) + two(date.month) + two(date.day);
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> all;
  while (!list.empty()) {
    const std::size_t bar = list.find('|');
    if (const auto one = sources::trimmed(list.substr(0, bar)); !one.empty()) all.emplace_back(one);
    list = bar == std::string_view::npos ? std::string_view() : list.substr(bar + 1);
  }
  return all;
}

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

Options Options::from(std::string_view encoding, std::string_view ended_reasons, std::string_view temporary_types) {
  const rows::Charset charset = encoding == "utf-8"          ? rows::Charset::utf8
                                : encoding == "windows-1251" ? rows::Charset::windows_1251
                                                             : rows::Charset::automatic;
  return {charset, split(ended_reasons), split(temporary_types)};
}

ListReader::ListReader(const Options& options, vestitel::Input& in, vestitel::Emit& out, const vestitel::Date& today)
    : options_(options), out_(out), today_(today), rows_(in, out, {',', options.charset}) {}

void ListReader::read() {
  if (out_.failed() || !bind()) return;
  for (rows::Row row; rows_.next(row);) {
    choice_ = {};
    if (const Fault bad = check(row)) {
      rows_.quarantine(row, bad.cell, bad.column, bad.reason);
    } else {
      emit(row);
    }
  }
}

// A list may have 14 or 15 columns, in any order: they are known by their names.
bool ListReader::bind() {
  for (Column* column : {&egn_, &uin_, &practice_, &from_, &to_}) column->cell = rows_.column(column->name);
  for (Column* column : {&lnc_, &snn_, &ezok_, &spogodba_, &reason_, &type_, &gp_name_}) {
    column->cell = rows_.column(column->name, true);
  }
  return !out_.failed();
}

Fault ListReader::check(const rows::Row& row) {
  if (Fault bad = check_person(row)) return bad;
  choice_.uin = cell(row, uin_);
  if (!vestitel::is_uin(choice_.uin)) return fault(uin_, "is not a practitioner's number");
  choice_.practice = cell(row, practice_);
  region_ = rows::region_of(choice_.practice);
  if (region_.empty()) return fault(practice_, "is not a facility's number of ten digits");
  if (Fault bad = check_dates(row)) return bad;
  choice_.reason = sources::shown(cell(row, reason_), reason_text_);
  choice_.type = sources::shown(cell(row, type_), type_text_);
  choice_.gp_name = sources::shown(cell(row, gp_name_), name_text_);
  if (choice_.reason.size() > kLongestText) return fault(reason_, "is longer than it can be");
  if (choice_.type.size() > kLongestText) return fault(type_, "is longer than it can be");
  return choice_.gp_name.size() > kLongestText ? fault(gp_name_, "is longer than it can be") : Fault{};
}

// The first identifier that is filled counts, in this order.
Fault ListReader::check_person(const rows::Row& row) {
  struct Typed {
    const Column& column;
    std::uint16_t kind;
  };
  for (const Typed& one : {Typed{egn_, VESTITEL_EGN}, Typed{lnc_, VESTITEL_LNCH}, Typed{snn_, VESTITEL_NAP},
                           Typed{ezok_, VESTITEL_EHIC}, Typed{spogodba_, VESTITEL_EHIC}}) {
    const std::string_view id = cell(row, one.column);
    if (id.empty()) continue;
    choice_.kind = one.kind;
    choice_.person = id;
    return fault(one.column, rows::person_fault(one.kind, id, today_));
  }
  return fault(egn_, "names nobody");
}

Fault ListReader::check_dates(const rows::Row& row) {
  const std::string_view from_text = cell(row, from_), to_text = cell(row, to_);
  if (from_text.empty()) return fault(from_, "is missing or empty");
  const auto from = date_of(from_text);
  if (!from) return fault(from_, "is not a day of the calendar");
  if (Fault bad = fault(from_, sources::day_fault(*from, today_))) return bad;
  choice_.from = *from;
  choice_.ended = !to_text.empty();
  if (!choice_.ended) return {};
  const auto to = date_of(to_text);
  if (!to) return fault(to_, "is not a day of the calendar");
  if (*to < *from) return fault(to_, "lies before FROM_DATE");
  choice_.to = *to;
  return {};
}

// An end that has not come yet is no event of today: the choice holds until then.
void ListReader::emit(const rows::Row& row) {
  scope_.assign(choice_.practice).append(":").append(choice_.uin);
  record_ = iso(choice_.from);
  const bool temporary = holds(options_.temporary_types, choice_.type);
  if (!choice_.ended || today_ < choice_.to) {
    auto& event = out_.event("gp.choice-changed", row.place);
    write(event, ":from", choice_.from);
    if (choice_.ended) event.attr("valid.until", iso(choice_.to));
    return;
  }
  const bool contract = holds(options_.ended_reasons, choice_.reason);
  const char* type = contract ? "gp.contract-terminated" : temporary ? "gp.temporary-ending" : "gp.choice-changed";
  auto& event = out_.event(type, row.place);
  write(event, ":to", choice_.to);
  event.attr("period.from", iso(choice_.from)).attr("period.to", iso(choice_.to));
}

void ListReader::write(vestitel::Event& event, std::string_view end, const vestitel::Date& on) {
  record_.append(end);
  event.key(scope_, record_).subject(choice_.kind, choice_.person).on(on);
  event.facility(choice_.practice, {}, region_).practitioner(choice_.uin, choice_.gp_name);
  event.code("gp-reason", choice_.reason).attr("nzok-pl.choice-type", choice_.type);
}

}  // namespace nzok_pl
