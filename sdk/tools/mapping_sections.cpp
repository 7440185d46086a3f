#include "sdk/tools/mapping_sections.hpp"

#include <algorithm>
#include <map>

#include "sdk/tools/mapping_words.hpp"

namespace vestitel {
namespace {

bool matters(const MappingPlace& place) {
  return !place.gives.empty() || !place.together.empty() || !place.refused.empty();
}

std::size_t rank_of(const MappingGift& gift) {
  return field_rank((gift.fields.empty() ? gift.together : gift.fields).front());
}

std::vector<MappingGift> gifts_of(const Mapping& mapping, const MappingPlace& place, const MappingTypes& among) {
  std::map<std::optional<MappingTypes>, MappingGift> gifts;
  const auto put = [&](const auto& fields, std::vector<std::string> MappingGift::*list) {
    for (const auto& [field, types] : fields) {
      const auto of = types_to_tell(mapping, field, types, among);
      gifts[of].types = of;
      (gifts[of].*list).push_back(field);
    }
  };
  put(place.gives, &MappingGift::fields);
  put(place.together, &MappingGift::together);
  std::vector<MappingGift> out;
  for (auto& [types, gift] : gifts) {
    for (auto* list : {&gift.fields, &gift.together})
      std::sort(list->begin(), list->end(),
                [](const auto& a, const auto& b) { return std::pair(field_rank(a), a) < std::pair(field_rank(b), b); });
    out.push_back(std::move(gift));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return rank_of(a) < rank_of(b); });
  return out;
}

void add_row(MappingRow row, MappingSection& to) {
  if (to.form == LeafForm::kXml && !to.rows.empty()) {
    MappingRow& last = to.rows.back();
    if (parent_of(last.paths.back()) == parent_of(row.paths.front()) && last.gifts == row.gifts &&
        last.refused == row.refused)
      return last.paths.push_back(row.paths.front());
  }
  to.rows.push_back(std::move(row));
}

// With the highest element of which nothing is used in the place of all that is in it.
void add_nothing(const std::vector<const MappingPlace*>& places, MappingSection& to) {
  std::set<std::string> used;
  for (const MappingRow& row : to.rows) {
    for (const std::string& path : row.paths) {
      for (std::string at = parent_of(path); !at.empty(); at = parent_of(at)) used.insert(at);
    }
  }
  for (const MappingPlace* place : places) {
    const auto inside = [&](const MappingPlace* other) { return other->path.starts_with(place->path + "/"); };
    if (matters(*place) || !place->tried || std::any_of(places.begin(), places.end(), inside)) continue;
    std::string name = place->path;
    for (std::string at = parent_of(name); !at.empty() && !used.contains(at); at = parent_of(at)) name = at;
    if (std::find(to.nothing.begin(), to.nothing.end(), name) == to.nothing.end()) to.nothing.push_back(name);
  }
}

// The elements in which everything is that the section names.
std::string prefix_of(const MappingSection& section) {
  std::optional<std::string> prefix;
  const auto take = [&](const std::string& path) {
    std::string at = parent_of(path);
    if (!prefix) prefix = at;
    while (!at.empty() && !prefix->starts_with(at)) at = parent_of(at);
    prefix = at;
  };
  for (const MappingRow& row : section.rows) take(row.paths.front());
  for (const std::string& path : section.nothing) take(path);
  return section.form == LeafForm::kXml ? prefix.value_or("") : "";
}

MappingSection section_of(const Mapping& mapping, LeafForm form, const std::string& root,
                          const std::vector<const MappingPlace*>& places) {
  MappingSection out;
  out.form = form;
  out.root = root;
  for (const MappingPlace* place : places) {
    for (const auto* fields : {&place->gives, &place->together}) {
      for (const auto& [field, types] : *fields) out.types.insert(types.begin(), types.end());
    }
  }
  for (const MappingPlace* place : places) {
    if (!matters(*place)) continue;
    MappingRow row{{place->path}, gifts_of(mapping, *place, out.types), {}};
    for (const std::string& reason : place->refused) row.refused.push_back(refusal_text(reason, place->path));
    add_row(std::move(row), out);
  }
  add_nothing(places, out);
  out.prefix = prefix_of(out);
  return out;
}

}  // namespace

std::string parent_of(const std::string& path) {
  const std::size_t end = path.ends_with('/') ? path.size() - 2 : std::string::npos;
  const std::size_t slash = path.rfind('/', end);
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::optional<MappingTypes> types_to_tell(const Mapping& mapping, const std::string& field, const MappingTypes& types,
                                          const MappingTypes& among) {
  const auto found = mapping.fields.find(field);
  for (const std::string& type : among) {
    const bool has = found == mapping.fields.end() || found->second.contains(type);
    if (has && !types.contains(type)) return types;
  }
  return std::nullopt;
}

std::vector<MappingSection> sections_of(const Mapping& mapping) {
  using Key = std::pair<LeafForm, std::string>;
  std::vector<Key> order;
  std::map<Key, std::vector<const MappingPlace*>> groups;
  for (const MappingPlace& place : mapping.places) {
    const Key key{place.form, place.form == LeafForm::kXml ? place.path.substr(0, place.path.find('/')) : ""};
    if (!groups.contains(key)) order.push_back(key);
    groups[key].push_back(&place);
  }
  std::vector<MappingSection> out;
  out.reserve(order.size());
  for (const Key& key : order) out.push_back(section_of(mapping, key.first, key.second, groups[key]));
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.form < b.form; });
  return out;
}

}  // namespace vestitel
