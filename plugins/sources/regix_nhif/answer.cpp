#include "answer.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace regix_nhif {

using sources::Checks, sources::Fault, sources::Name, sources::Node, sources::Tree, sources::Value;
using namespace sources::literals;

namespace {

struct Known {
  Name root;
  Query query;
};
constexpr Known kQueries[] = {{"ReportExamsResponse"_n, Query::exams},
                              {"PatientRecordLaboratoryResponse"_n, Query::laboratory},
                              {"PatientRecordHospitalizationsResponse"_n, Query::hospitalizations},
                              {"PatientRecordDentalResponse"_n, Query::dental},
                              {"PatientRecordMedicalTreatmentsResponse"_n, Query::treatments},
                              {"PatientRecordClinicalProceduresResponse"_n, Query::procedures},
                              {"PatientRecordDrugsByHospitalizationsResponse"_n, Query::drugs},
                              {"PatientRecordDrugsbyClinicalProceduresResponse"_n, Query::drugs}};

// A sheet, a referral or a prescription comes as one row for each of its lines.
bool is_grouped(const Row& row) {
  const std::string_view scope = row.scope;
  return scope == "laboratory" || scope == "dental" || scope == "treatments";
}

// The order of rows in an answer means nothing: they are told in an order of their own.
auto order_of(const Row& row) {
  std::string content = row.facility_name + "\n" + row.name + "\n" + row.uin + "\n" + std::to_string(row.amount);
  for (const Code& c : row.codes) content += "\n" + c.system + "=" + c.code + "=" + c.text;
  for (const auto& [key, value] : row.attributes) content += "\n" + key + "=" + value;
  return std::tuple(std::string_view(row.scope), std::string_view(row.key), vestitel::days_from_epoch(row.date),
                    std::move(content));
}

// Each row's order is made once; comparing makes nothing.
void sort_rows(std::vector<Row>& rows) {
  using Order = decltype(order_of(rows[0]));
  std::vector<std::pair<Order, std::size_t>> places;
  places.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) places.emplace_back(order_of(rows[i]), i);
  std::sort(places.begin(), places.end());
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const auto& place : places) sorted.push_back(std::move(rows[place.second]));
  rows = std::move(sorted);
}

// What an event surely holds; the rest of an answer must not be taken as complete without it.
bool fits(const Row* first, const Row* last) {
  constexpr std::size_t kMost = 150, kText = 48 * 1024;
  std::size_t text = 0;
  for (const Row* row = first; row != last; ++row) {
    for (const Code& c : row->codes) text += c.code.size() + c.text.size();
    for (const auto& attribute : row->attributes) text += attribute.second.size();
  }
  return static_cast<std::size_t>(last - first) <= kMost && text <= kText;
}

std::string decimal(std::int64_t millionths) {
  std::string fraction = std::to_string(1'000'000 + millionths % 1'000'000).substr(1);
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(millionths / 1'000'000) + "." + fraction;
}

// The euro has been the currency since 2026; no source names one.
const char* currency_of(const vestitel::Date& date) { return date.year >= 2026 ? "EUR" : "BGN"; }

}  // namespace

Fault Answer::enter(Name name) {
  for (const Known& known : kQueries) {
    if (!(known.root == name)) continue;
    if (query_ != Query::none) return {"document", "holds more than one answer", {}};
    query_ = known.query;
  }
  return {};
}

// The request, where it came along: it says what kind of number was asked for.
Fault Answer::head(Tree& head) {
  Checks checks(head, today_);
  const Value id = checks.leaf(head.root(), "Identifier"_n), type = checks.leaf(head.root(), "IdentifierType"_n);
  if (!type.empty() && type.text != "EGN" && type.text != "LNCh") checks.bad(type, "is neither EGN nor LNCh");
  if (!type.empty()) kind_ = type.text == "EGN" ? VESTITEL_EGN : VESTITEL_LNCH;
  asked_ = id.text;
  return checks.fault();
}

bool Answer::same_person(const Value& value, Checks& checks, vestitel::Emit& out) {
  const auto subject = kind_ == VESTITEL_LNCH ? checks.lnch(value) : checks.egn(value);
  if (!checks.ok()) return false;
  const std::string& expected = person_.empty() ? asked_ : person_;
  if (!expected.empty() && subject.id != expected) {
    out.reject(value.place, value.name.text, "is another person's than was asked for");
    return false;
  }
  person_ = subject.id;
  return true;
}

Fault Answer::record(Tree& record, vestitel::Emit& out) {
  const Node root = record.root();
  if (root.is("Fault"_n)) {
    out.reject(root.place(), "Fault", "is an error of the service, and no answer");
    return {};
  }
  Checks checks(record, today_);
  if (!same_person(checks.leaf(root, "PatientIdentificator"_n), checks, out)) return checks.fault();
  if (rows_.size() == kRows) {
    out.reject(root.place(), "document", "holds more than 20,000 rows of one person");
    return {};
  }
  Row row = read_row(query_, record, checks);
  if (!checks.ok()) return checks.fault();
  rows_.push_back(std::move(row));
  return {};
}

// Who it is about tells nothing to who has not the key.
const std::string& Answer::scope_of(const char* list) {
  std::string& scope = scopes_[list];
  if (!scope.empty()) return scope;
  constexpr std::size_t kBytes = 16;
  const std::string text = (kind_ == VESTITEL_LNCH ? "lnch:" : "egn:") + person_;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  scope.append(list).append(":");
  for (std::size_t i = 0; i < kBytes; ++i) {
    scope += "0123456789abcdef"[digest[i] >> 4];
    scope += "0123456789abcdef"[digest[i] & 15];
  }
  return scope;
}

// Rows of one key stand together, in an order that the answer does not decide.
std::vector<Answer::Group> Answer::groups() {
  sort_rows(rows_);
  std::vector<Group> groups;
  for (std::size_t i = 0, nth = 1; i < rows_.size(); ++i) {
    const bool same =
        i > 0 && rows_[i].key == rows_[i - 1].key && std::string_view(rows_[i].scope) == rows_[i - 1].scope;
    nth = same ? nth + 1 : 1;
    if (same && is_grouped(rows_[i])) {
      groups.back().end = i + 1;
    } else {
      groups.push_back({i, i + 1, nth});
    }
  }
  const auto place = [&](const Group& group) {
    std::uint64_t first = UINT64_MAX;
    for (std::size_t i = group.begin; i < group.end; ++i) first = std::min(first, rows_[i].place.byte);
    return first;
  };
  std::sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) { return place(a) < place(b); });
  return groups;
}

void Answer::finish(vestitel::Emit& out, bool complete) {
  const std::vector<Group> all = groups();
  for (const Group& group : all) {
    if (fits(rows_.data() + group.begin, rows_.data() + group.end)) continue;
    return out.reject(rows_[group.begin].place, "document", "holds more rows of one record than an event can");
  }
  std::set<std::string> lists;
  for (const Group& group : all) {
    write(out, group);
    lists.insert(rows_[group.begin].scope);
  }
  lists.erase("admissions");
  if (!complete) return;
  for (const std::string& list : lists) out.complete(scope_of(list.c_str()));
}

void Answer::write(vestitel::Emit& out, const Group& group) {
  const Row& first = rows_[group.begin];
  const std::string key = group.nth == 1 ? first.key : first.key + "#" + std::to_string(group.nth);
  auto& event = out.event(first.type, first.place);
  event.key(scope_of(first.scope), key).subject(kind_, person_).on(first.date).number(first.number);
  event.facility(first.facility, first.facility_name, sources::region_of(first.facility));
  event.practitioner(first.uin, first.name, first.specialty);
  std::int64_t sum = -1;
  for (std::size_t i = group.begin; i < group.end; ++i) {
    const Row& row = rows_[i];
    for (const Code& c : row.codes) event.code(c.system, c.code, c.text);
    for (const auto& [name, value] : row.attributes) event.attr(name, value);
    if (row.amount >= 0) sum = std::max<std::int64_t>(sum, 0) + row.amount;
  }
  for (const auto& [kind, number] : first.refs) event.ref(kind, number);
  event.attr("payer", "nzok");
  if (sum >= 0) event.attr("amount", decimal(sum)).attr("currency", currency_of(first.date));
}

}  // namespace regix_nhif
