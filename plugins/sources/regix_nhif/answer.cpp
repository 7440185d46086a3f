#include "answer.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "plugins/sources/common/sofia.hpp"

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
    out.reject(value.place, value.name.text(), "is another person's than was asked for");
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
  read_row(query_, record, checks, draft_);
  if (!checks.ok()) return checks.fault();
  rows_.add(draft_);
  return {};
}

// Who it is about tells nothing to who has not the key.
const std::string& Answer::scope_of(std::string_view list) {
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

// Rows of one key stand together. Each group is told where its first row stands.
std::vector<Answer::Group> Answer::groups() {
  order_.resize(rows_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::sort(order_.begin(), order_.end(), [&](auto a, auto b) {
    const int order = rows_.compare(a, b);
    return order != 0 ? order < 0 : a < b;  // of rows that say the same, the one that came first
  });
  const auto same_key = [&](std::size_t a, std::size_t b) {
    return rows_[a].key == rows_[b].key && std::string_view(rows_[a].scope) == rows_[b].scope;
  };
  std::vector<Group> groups;
  std::size_t nth = 0, first = 0;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const bool same = i > 0 && same_key(order_[i], order_[i - 1]);
    if (!same || !is_grouped(rows_[order_[i]])) first = i;
    nth = same ? nth + 1 : 1;
    if (first == i) groups.push_back({{}, nth});
    groups.back().rows = std::span(order_).subspan(first, i + 1 - first);
  }
  const auto place = [&](const Group& group) {
    std::uint64_t first_byte = UINT64_MAX;
    for (const auto row : group.rows) first_byte = std::min(first_byte, rows_[row].place.byte);
    return first_byte;
  };
  std::sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) { return place(a) < place(b); });
  return groups;
}

// What an event surely holds; the rest of an answer must not be taken as complete without it.
bool Answer::fits(const Group& group) const {
  constexpr std::size_t kMost = 150, kText = 48 * 1024;
  std::size_t text = 0;
  for (const auto row : group.rows) {
    for (const Code& c : rows_.codes(row)) text += c.code.size() + c.text.size();
    for (const Fact& attribute : rows_.attributes(row)) text += attribute.value.size();
  }
  return group.rows.size() <= kMost && text <= kText;
}

void Answer::finish(vestitel::Emit& out, bool complete) {
  const std::vector<Group> all = groups();
  for (const Group& group : all) {
    if (fits(group)) continue;
    return out.reject(rows_[group.rows[0]].place, "document", "holds more rows of one record than an event can");
  }
  std::set<std::string_view> lists;
  for (const Group& group : all) {
    write(out, group);
    lists.insert(rows_[group.rows[0]].scope);
  }
  lists.erase("admissions");
  if (!complete) return;
  for (const std::string_view list : lists) out.complete(scope_of(list));
}

void Answer::write(vestitel::Emit& out, const Group& group) {
  const Row& first = rows_[group.rows[0]];
  const std::string nth = group.nth == 1 ? std::string() : "#" + std::to_string(group.nth);
  auto& event = out.event(first.type, first.place);
  event.key(scope_of(first.scope), std::string(first.key) + nth);
  event.subject(kind_, person_).on(first.date).number(first.number);
  event.facility(first.facility, first.facility_name, sources::region_of(first.facility));
  event.practitioner(first.uin, first.name, first.specialty);
  std::int64_t sum = -1;
  for (const auto row : group.rows) {
    for (const Code& c : rows_.codes(row)) event.code(c.system, c.code, c.text);
    if (rows_[row].entered.year != 0) event.attr("regix-nhif.entry-date", sources::to_text(rows_[row].entered));
    for (const Fact& fact : rows_.attributes(row)) event.attr(fact.name, fact.value);
    if (rows_[row].amount >= 0) sum = std::max<std::int64_t>(sum, 0) + rows_[row].amount;
  }
  for (const Fact& fact : rows_.refs(group.rows[0])) event.ref(fact.name, fact.value);
  event.attr("payer", "nzok");
  if (sum >= 0) event.attr("amount", decimal(sum)).attr("currency", currency_of(first.date));
}

}  // namespace regix_nhif
