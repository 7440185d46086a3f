// The section `event`: fields of the event and the templates that fill them.
#include <algorithm>

#include "plugins/sources/csv_mapping/mapping_yaml.hpp"

namespace csv_mapping {
namespace {

constexpr std::size_t kAttributes = 60;  // the hub takes 64, and facility and practitioner have some of their own

// Fields that the event itself has.
struct FieldName {
  std::string_view name;
  Template Mapping::*field;
};
constexpr FieldName kFields[] = {{"type", &Mapping::type},
                                 {"revision", &Mapping::revision},
                                 {"scope", &Mapping::scope},
                                 {"record", &Mapping::record},
                                 {"occurred", &Mapping::occurred},
                                 {"reported", &Mapping::reported},
                                 {"number", &Mapping::number},
                                 {"facility", &Mapping::facility},
                                 {"facility.name", &Mapping::facility_name},
                                 {"facility.region", &Mapping::facility_region},
                                 {"practitioner", &Mapping::practitioner},
                                 {"practitioner.name", &Mapping::practitioner_name},
                                 {"practitioner.specialty", &Mapping::practitioner_specialty}};

// The other keys of the vocabulary, and ours: one for each class of data, so that a mapping can declare none of its
// own.
constexpr std::string_view kKeys[] = {"amount",
                                      "currency",
                                      "payer",
                                      "payment",
                                      "period.from",
                                      "period.to",
                                      "valid.until",
                                      "subject.birth-date",
                                      "subject.deceased",
                                      "subject.confidential",
                                      "subject.name",
                                      "csv-mapping.identity",
                                      "csv-mapping.health",
                                      "csv-mapping.contact",
                                      "csv-mapping.other"};

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

bool is_system(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

bool is_key(std::string_view key) {
  if (begins(key, "code.")) return is_system(key.substr(5));
  if (begins(key, "ref.")) return is_system(key.substr(4));
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

class EventSection {
 public:
  EventSection(const YAML::Node& node, Mapping& mapping) : node_(node), map_(node, "event"), mapping_(mapping) {}

  void read() {
    for (const FieldName& field : kFields) {
      if (const YAML::Node value = map_.take(field.name); value.IsDefined()) {
        mapping_.*field.field = make_template(value, field.name);
      }
    }
    read_subject();
    for (YamlMap::Member& member : map_.members()) {
      if (member.taken) continue;
      if (!is_key(member.key)) fail_at(member.at, member.key, "there is no such field of an event");
      member.taken = true;
      read_attribute(member);
    }
    order_texts();
    check();
  }

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view what) {
    const YAML::Node at = map_.take(key);
    fail_at(at.IsDefined() ? at : node_, key, what);
  }

  // "{Column}", "{Column|table}", "{Column:YYYY-MM}", "{@partner}" and text between them; "{{" is a brace.
  Template make_template(const YAML::Node& node, std::string_view key) {
    const std::string text = scalar(node, key);
    Template made;
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '{' && i + 1 < text.size() && text[i + 1] != '{') {
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) fail_at(node, key, "a { has no }");
        if (!plain.empty()) made.parts.push_back({Part::Kind::text, std::exchange(plain, {}), kNone, kNone});
        made.parts.push_back(make_part(node, std::string_view(text).substr(i + 1, end - i - 1)));
        i = end;
      } else {
        if (text[i] == '{') ++i;
        if (i < text.size()) plain += text[i];
      }
    }
    if (!plain.empty()) made.parts.push_back({Part::Kind::text, plain, kNone, kNone});
    if (made.parts.empty()) fail_at(node, key, "is empty");
    return made;
  }

  Part make_part(const YAML::Node& node, std::string_view inside) {
    if (inside == "@partner") return {Part::Kind::partner, {}, kNone, kNone};
    if (const auto whole = find_column(inside); whole != kNone) return {Part::Kind::column, {}, whole, kNone};
    const std::size_t mark = inside.find_last_of(":|");
    if (mark == std::string_view::npos) column_named(mapping_, node, inside);
    const std::size_t column = column_named(mapping_, node, inside.substr(0, mark));
    const std::string_view rest = inside.substr(mark + 1);
    if (inside[mark] == '|') return {Part::Kind::column, {}, column, table_named(node, rest)};
    if (mapping_.columns[column].type != Type::date) fail_at(node, inside, "only a date has parts");
    const bool known = !rest.empty() && rest.find_first_not_of("YMD-./") == std::string_view::npos;
    if (!known) fail_at(node, inside, "YYYY, MM, DD and signs between them are expected");
    return {Part::Kind::date, std::string(rest), column, kNone};
  }

  std::size_t find_column(std::string_view name) const {
    for (std::size_t i = 0; i < mapping_.columns.size(); ++i) {
      if (mapping_.columns[i].name == name) return i;
    }
    return kNone;
  }
  std::size_t table_named(const YAML::Node& node, std::string_view name) const {
    for (std::size_t i = 0; i < mapping_.tables.size(); ++i) {
      if (mapping_.tables[i].name == name) return i;
    }
    fail_at(node, name, "there is no such table");
  }

  // A list of columns, of which the first that is filled counts, or one column and what tells its type.
  void read_subject() {
    const YAML::Node node = map_.take("subject");
    if (!node.IsDefined()) fail_at(node_, "event", "subject is missing");
    if (node.IsMap()) {
      YamlMap map(node, "subject");
      mapping_.subject.push_back(column_named(mapping_, node, map.need("column")));
      const YAML::Node kind = map.take("kind");
      if (!kind.IsDefined()) fail_at(node, "subject", "kind is missing");
      mapping_.subject_kind = make_template(kind, "kind");
      check_words(kind, "kind", mapping_.subject_kind, [](const std::string& w) { return kind_named(w) != 0; });
      return map.end();
    }
    for (const std::string& name : map_.texts("subject")) {
      const std::size_t column = column_named(mapping_, node, name);
      if (kind_of(mapping_.columns[column].type) == 0) {
        fail_at(node, name, "must be of type egn, lnch, nap, ehic or uin to be the subject");
      }
      mapping_.subject.push_back(column);
    }
    if (mapping_.subject.empty()) fail_at(node, "subject", "names no column");
  }

  void read_attribute(const YamlMap::Member& member) {
    const auto add = [&](const YAML::Node& node) {
      mapping_.attributes.push_back({member.key, make_template(node, member.key), kNone});
    };
    if (member.value.IsSequence()) {
      for (const auto& one : member.value) add(one);
    } else {
      add(member.value);
    }
    if (mapping_.attributes.size() > kAttributes) fail_at(member.at, member.key, "more than 60 attributes");
  }

  // The display of a code stands behind its code: the n-th code.X.text belongs to the n-th code.X.
  void order_texts() {
    std::vector<Attribute> all = std::exchange(mapping_.attributes, {});
    const auto is_text = [](const Attribute& a) {
      return begins(a.key, "code.") && a.key.size() > 10 && a.key.substr(a.key.size() - 5) == ".text";
    };
    for (Attribute& code : all) {
      if (is_text(code)) continue;
      mapping_.attributes.push_back(code);
      const auto display = std::find_if(all.begin(), all.end(), [&](const Attribute& a) {
        return is_text(a) && a.value.given() && a.key == code.key + ".text";
      });
      if (display == all.end()) continue;
      mapping_.attributes.push_back({display->key, std::exchange(display->value, {}), mapping_.attributes.size() - 1});
    }
    for (const Attribute& one : all) {
      if (is_text(one) && one.value.given()) fail(one.key, "has no code that it belongs to");
    }
    for (std::size_t i = 0; i < mapping_.attributes.size(); ++i) {
      if (mapping_.attributes[i].key == "amount") mapping_.amount = i;
      if (mapping_.attributes[i].key == "currency") mapping_.has_currency = true;
    }
  }

  // What a template can give out of constants and tables alone must be one of the words.
  template <class Known>
  void check_words(const YAML::Node& node, std::string_view key, const Template& value, Known known) {
    if (value.constant() && !known(value.parts[0].text)) fail_at(node, key, "is no word of the vocabulary");
    for (const Part& part : value.parts) {
      if (part.kind != Part::Kind::column || part.table == kNone) continue;
      for (const auto& [code, meaning] : mapping_.tables[part.table].meanings) {
        if (meaning != "*" && !known(meaning)) fail_at(node, key, "its table gives what is no word of the vocabulary");
      }
    }
  }

  void need_date(std::string_view key, const Template& value) {
    const std::size_t column = value.column();
    if (column == kNone || mapping_.columns[column].type != Type::date)
      fail(key, "one column of type date is expected");
  }

  void need_amount(const Template& value) {
    const std::size_t column = value.column();
    if (column == kNone || mapping_.columns[column].type != Type::amount) {
      fail("amount", "one column of type amount is expected");
    }
  }

  // No number of a person in what travels into lists, receipts and logs.
  void check_key(std::string_view key, const Template& value) {
    if (!value.given()) fail(key, "is missing");
    for (const Part& part : value.parts) {
      if (part.column == kNone) continue;
      const bool subject =
          std::find(mapping_.subject.begin(), mapping_.subject.end(), part.column) != mapping_.subject.end();
      const std::uint16_t kind = kind_of(mapping_.columns[part.column].type);
      if (subject || (kind != 0 && kind != VESTITEL_UIN)) fail(key, "must not hold the number of a person");
    }
  }

  void check() {
    if (!mapping_.type.given()) fail_at(node_, "event", "type is missing");
    check_words(map_.take("type"), "type", mapping_.type, [](const std::string& w) { return is_event_type(w); });
    if (mapping_.revision.given()) {
      check_words(map_.take("revision"), "revision", mapping_.revision,
                  [](const std::string& w) { return revision_named(w) != 0; });
    }
    check_key("scope", mapping_.scope);
    check_key("record", mapping_.record);
    if (mapping_.record.constant()) fail("record", "is the same for every row");
    if (!mapping_.occurred.given()) fail_at(node_, "event", "occurred is missing");
    need_date("occurred", mapping_.occurred);
    if (mapping_.reported.given()) need_date("reported", mapping_.reported);
    for (const Attribute& one : mapping_.attributes) {
      if (one.key == "subject.birth-date") need_date(one.key, one.value);
      if (one.key == "amount") need_amount(one.value);
    }
  }

  const YAML::Node node_;
  YamlMap map_;
  Mapping& mapping_;
};

}  // namespace

void read_event(const YAML::Node& node, Mapping& mapping) { EventSection(node, mapping).read(); }

}  // namespace csv_mapping
