#include "rows.hpp"

#include <algorithm>
#include <tuple>

namespace regix_nhif {

std::string_view Rows::own(std::string_view text) {
  if (text.empty()) return {};
  auto* at = static_cast<char*>(texts_.allocate(text.size(), 1));
  text.copy(at, text.size());
  return {at, text.size()};
}

void Rows::add(const Draft& draft) {
  Row& row = rows_.emplace_back(draft.row);
  row.key = own(draft.key);
  for (std::string_view* text : {&row.number, &row.facility, &row.facility_name, &row.uin, &row.name, &row.specialty})
    *text = own(*text);
  for (const Code& c : draft.codes) codes_.push_back({c.system, own(c.code), own(c.text)});
  for (const Fact& fact : draft.refs) refs_.push_back({fact.name, own(fact.value)});
  for (const Fact& fact : draft.attributes) attributes_.push_back({fact.name, own(fact.value)});
  const auto end = [](const auto& all) { return static_cast<std::uint32_t>(all.size()); };
  ends_.push_back({end(codes_), end(refs_), end(attributes_)});
}

int Rows::compare(std::size_t a, std::size_t b) const {
  const Row &x = rows_[a], &y = rows_[b];
  const auto order = [](const auto& left, const auto& right) { return left < right ? -1 : right < left ? 1 : 0; };
  const auto whole = [](const Row& row) {
    return std::tuple(std::string_view(row.scope), row.key, vestitel::days_from_epoch(row.date));
  };
  if (const int by_key = order(whole(x), whole(y)); by_key != 0) return by_key;
  const auto once = [](const Row& row) {
    return std::tie(row.facility_name, row.name, row.uin, row.amount, row.specialty, row.number);
  };
  if (const int by_row = order(once(x), once(y)); by_row != 0) return by_row;
  const auto compared = [](const auto& left, const auto& right, const auto& told) {
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                        [&](const auto& l, const auto& r) { return told(l) < told(r); });
  };
  const auto code = [](const Code& c) { return std::tuple(std::string_view(c.system), c.code, c.text); };
  const auto fact = [](const Fact& f) { return std::tuple(std::string_view(f.name), f.value); };
  if (compared(codes(a), codes(b), code)) return -1;
  if (compared(codes(b), codes(a), code)) return 1;
  if (compared(attributes(a), attributes(b), fact)) return -1;
  return compared(attributes(b), attributes(a), fact) ? 1 : 0;
}

}  // namespace regix_nhif
