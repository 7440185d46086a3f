#include "sdk/tools/mapping_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/tools/mapping_sections.hpp"
#include "sdk/tools/mapping_words.hpp"
#include "sdk/tools/markdown.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;
std::string listed(const std::vector<std::string>& words, const char* between = ", ") {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

std::string types_text(const MappingTypes& types) {
  std::vector<std::string> words;
  for (const std::string& type : types) words.push_back(as_code(type));
  return listed(words);
}

class Table {
 public:
  Table(const Mapping& mapping, const PluginDescription& plugin)
      : mapping_(mapping), classes_(data_classes_of(plugin)), sections_(sections_of(mapping)) {}

  [[nodiscard]] std::string markdown() const {
    std::string out =
        "Measured: each value of the samples was changed, and the sample read again. In brackets the class of data; "
        "`of`\n"
        "where other events have that field from elsewhere, or not in the samples.\n";
    for (const MappingSection& section : sections_) {
      out += "\n" + heading_of(section);
      if (!section.rows.empty()) out += table_of(section);
      if (!section.nothing.empty())
        out += (section.rows.empty() ? "" : "\n") + std::string("Changes no event: ") +
               listed(names_of(section.nothing, section)) + ".\n";
    }
    for (const std::string& line : notes()) out += "\n" + line + "\n";
    return out;
  }

  [[nodiscard]] ordered_json json() const {
    ordered_json out{{"rows", ordered_json::array()}, {"nothing", ordered_json::array()}};
    for (const MappingSection& section : sections_) {
      for (const MappingRow& row : section.rows) out["rows"].push_back(row_json(row));
      for (const std::string& path : section.nothing) out["nothing"].push_back(path);
    }
    out["constant"] = ordered_json::object();
    out["unknown"] = ordered_json::array();
    for (const auto& [field, rest] : mapping_.rest) {
      if (is_constant(rest))
        out["constant"][field] = *rest.values.begin();
      else
        out["unknown"].push_back(field);
    }
    out["unseen"] = unseen();
    return out;
  }

 private:
  static ordered_json row_json(const MappingRow& row) {
    auto gives = ordered_json::array();
    for (const MappingGift& gift : row.gifts) {
      ordered_json one{{"fields", gift.fields}};
      if (!gift.together.empty()) one["together"] = gift.together;
      if (gift.types) one["types"] = *gift.types;
      gives.push_back(std::move(one));
    }
    return {{"places", row.paths}, {"gives", std::move(gives)}, {"refused", row.refused}};
  }

  [[nodiscard]] std::string heading_of(const MappingSection& section) const {
    const bool alone = sections_.size() == 1 && section.prefix.empty();
    const std::string of =
        section.types.empty() || section.types == mapping_.types
            ? ""
            : ", of which " + types_text(section.types) + (section.types.size() > 1 ? " come" : " comes");
    if (section.form == LeafForm::kXml && !section.prefix.empty())
      return "In " + as_code(section.prefix.substr(0, section.prefix.size() - 1)) + of + ":\n\n";
    if (alone) return "";
    const char* form = section.form == LeafForm::kXml     ? "XML"
                       : section.form == LeafForm::kTable ? "A table"
                                                          : "JSON lines";
    return form + of + ":\n\n";
  }

  [[nodiscard]] std::string table_of(const MappingSection& section) const {
    std::string out = std::string(section.form == LeafForm::kTable ? "| column" : "| place in the document") +
                      " | what it gives | set aside, because it |\n|---|---|---|\n";
    for (const MappingRow& row : section.rows) {
      out += "| " + markdown_cell(listed(names_of(row.paths, section))) + " | " + markdown_cell(gives(row)) + " | ";
      for (std::size_t i = 0; i < row.refused.size(); ++i) out += (i > 0 ? "; " : "") + markdown_cell(row.refused[i]);
      out += " |\n";
    }
    return out;
  }
  // What has the parent of the one before it is told by its name alone.
  static std::vector<std::string> names_of(const std::vector<std::string>& paths, const MappingSection& section) {
    std::vector<std::string> out;
    std::string before = "/";
    for (const std::string& path : paths) {
      const std::string parent = section.form == LeafForm::kXml ? parent_of(path) : "";
      out.push_back(as_code(path.substr(parent == before ? parent.size() : section.prefix.size())));
      before = parent;
    }
    return out;
  }

  [[nodiscard]] std::string gives(const MappingRow& row) const {
    std::string out;
    for (const MappingGift& gift : row.gifts) {
      std::string words = names(gift.fields);
      if (!gift.together.empty())
        words += (words.empty() ? "" : ", ") + std::string("changed everywhere at once: ") + names(gift.together);
      out += (out.empty() ? "" : "; ") + words + (gift.types ? " of " + types_text(*gift.types) : "");
    }
    return out;
  }
  [[nodiscard]] std::string names(const std::vector<std::string>& fields) const {
    std::vector<std::string> words;
    words.reserve(fields.size());
    for (const std::string& field : fields) words.push_back(field_words(field, classes_));
    return listed(words);
  }

  // A value that may name nobody: a word, and no number.
  static bool is_constant(const MappingRest& rest) {
    if (rest.values.size() != 1 || rest.values.begin()->size() > 40) return false;
    const std::string& value = *rest.values.begin();
    return std::count_if(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }) < 6 &&
           value.find('@') == std::string::npos;
  }
  [[nodiscard]] std::vector<std::string> unseen() const {
    std::set<std::string> seen;
    for (const auto& [field, types] : mapping_.fields) seen.insert(field);
    for (const MappingPlace& place : mapping_.places) {
      for (const auto& [field, types] : place.gives) seen.insert(field);
    }
    std::vector<std::string> out;
    for (const auto& [name, of] : classes_) {
      if (!seen.contains(name)) out.push_back(name);
    }
    return out;
  }
  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> out, constant, unknown, never;
    for (const auto& [field, rest] : mapping_.rest) {
      const auto types = types_to_tell(mapping_, field, rest.types, mapping_.types);
      const std::string of = types ? " of " + types_text(*types) : "";
      if (is_constant(rest))
        constant.push_back(field_words(field, classes_) + " " + as_code(*rest.values.begin()) + of);
      else
        unknown.push_back(field_words(field, classes_) + of);
    }
    for (const std::string& field : unseen()) never.push_back(field_words(field, classes_));
    const auto say = [&](const char* what, const std::vector<std::string>& words, const char* between = ", ") {
      if (!words.empty()) out.push_back(what + listed(words, between) + ".");
    };
    say("Always the same, whatever stands in the document: ", constant, "; ");
    say("Changed by no single value: ", unknown, "; ");
    say("Declared, and in no event of the samples: ", never);
    return out;
  }

  const Mapping& mapping_;
  const DataClasses classes_;
  const std::vector<MappingSection> sections_;
};

}  // namespace

std::string mapping_markdown(const Mapping& mapping, const PluginDescription& plugin) {
  return Table(mapping, plugin).markdown();
}
ordered_json mapping_json(const Mapping& mapping, const PluginDescription& plugin) {
  return Table(mapping, plugin).json();
}

}  // namespace vestitel
