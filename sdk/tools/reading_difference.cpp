#include "sdk/tools/reading_difference.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "core/base/safe_text.hpp"
#include "sdk/tools/mapping.hpp"

namespace vestitel {
namespace {

using Records = std::vector<const LabRecord*>;
using KeyOf = std::function<std::string(const LabRecord&)>;

std::string value_of(const LabRecord& record, std::string_view name) {
  const auto found =
      std::find_if(record.fields.begin(), record.fields.end(), [&](const LabField& f) { return f.name == name; });
  return found == record.fields.end() ? "" : found->value;
}

std::map<std::string, std::vector<std::string>> values_of(const LabRecord& record) {
  std::map<std::string, std::vector<std::string>> values;
  for (const LabField& field : record.fields) values[field_name(field)].push_back(field.value);
  return values;
}

void compare(const LabRecord& a, const LabRecord& b, ReadingDifference& into) {
  const std::string type = type_of(a);
  if (value_of(a, "revision") != value_of(b, "revision")) {  // what an annulment leaves out says nothing
    into.fields.emplace(type, "revision");
    return;
  }
  const auto before = values_of(a), after = values_of(b);
  for (const auto& [name, values] : before) {
    const auto found = after.find(name);
    if (found == after.end() || found->second != values) into.fields.emplace(type, name);
  }
  for (const auto& [name, values] : after) {
    if (!before.contains(name)) into.fields.emplace(type, name);
  }
}

// Compares, in their order, those of one key where both readings have as many of it, and takes them away.
void pair_up(Records& before, Records& after, const KeyOf& key, ReadingDifference& into) {
  std::map<std::string, std::pair<Records, Records>> groups;
  for (const LabRecord* one : before) groups[key(*one)].first.push_back(one);
  for (const LabRecord* one : after) groups[key(*one)].second.push_back(one);
  before.clear();
  after.clear();
  for (const auto& [name, both] : groups) {
    const auto& [a, b] = both;
    if (a.size() == b.size()) {
      for (std::size_t i = 0; i < a.size(); ++i) compare(*a[i], *b[i], into);
    } else {
      before.insert(before.end(), a.begin(), a.end());
      after.insert(after.end(), b.begin(), b.end());
    }
  }
}

Records accepted_of(const LabReading& reading) {
  Records out;
  for (const LabRecord& record : reading.records) {
    if (record.accepted) out.push_back(&record);
  }
  return out;
}

std::multiset<std::string> refused_of(const LabReading& reading) {
  std::multiset<std::string> out;
  for (const LabRecord& record : reading.records) {
    if (!record.accepted) out.insert(record.headline);
  }
  return out;
}

}  // namespace

std::string type_of(const LabRecord& record) { return value_of(record, "type"); }

std::string field_name(const LabField& field) { return field.name.substr(0, field.name.find(" (")); }

ReadingDifference difference_of(const LabReading& before, const LabReading& after) {
  ReadingDifference out;
  if (after.refused) {
    out.refused.push_back("the document: " + safe_text(after.refused->error.message));
    return out;
  }
  const auto known = refused_of(before);
  auto now = refused_of(after);
  bool mended = false;
  for (const std::string& reason : known) {
    const auto found = now.find(reason);
    mended |= found == now.end();
    if (found != now.end()) now.erase(found);
  }
  for (const std::string& reason : std::set<std::string>(now.begin(), now.end()))
    out.refused.push_back(safe_text(reason));
  Records a = accepted_of(before), b = accepted_of(after);
  pair_up(
      a, b, [](const LabRecord& r) { return std::to_string(r.place.line) + " " + type_of(r); }, out);
  pair_up(
      a, b, [](const LabRecord& r) { return type_of(r) + " " + value_of(r, "record"); }, out);
  if (!out.refused.empty()) out.fields.clear();  // what is another now follows from what is missing
  if (mended || !out.refused.empty()) return out;
  pair_up(
      a, b, [](const LabRecord& r) { return type_of(r); }, out);
  for (const Records* left : {&a, &b}) {
    for (const LabRecord* one : *left) out.fields.emplace(type_of(*one), std::string(kWhetherTold));
  }
  return out;
}

}  // namespace vestitel
