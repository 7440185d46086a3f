#include "sdk/tools/shadow.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/plugin/package/files.hpp"
#include "sdk/tools/answer_of_child.hpp"
#include "sdk/tools/shadow_child.hpp"

namespace vestitel {
namespace {

using nlohmann::json;

struct Line {
  std::string place;
  std::map<std::string, std::string> fields;
};
// What one version made of a document. Several lines of one key stay in their order.
struct Reading {
  std::map<std::string, std::vector<Line>> lines;
  std::size_t count = 0;
  std::string failure;
};

void take_line(const json& line, Reading& into) {
  if (line.contains("failed")) {
    into.failure = line.at("failed").get<std::string>();
    return;
  }
  Line one;
  one.place = line.at("place").get<std::string>();
  one.fields = line.at("fields").get<std::map<std::string, std::string>>();
  into.lines[line.at("key").get<std::string>()].push_back(std::move(one));
  ++into.count;
}

Reading parse(const std::string& text) {
  Reading out;
  try {  // border: what strange code may have written over
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      take_line(json::parse(text.substr(at, end - at)), out);
      at = end == std::string::npos ? text.size() : end + 1;
    }
  } catch (const json::exception&) {
    out.failure = "its answer makes no sense";
  }
  return out;
}

Reading read(const ShadowVersion& version, const std::string& path, int document, const ShadowOptions& options,
             const SecretKey& salt) {
  AnswerLimits limits;
  limits.time = options.time;
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto said = answer_of_child([&] { return read_in_shadow(version, document, name, options, salt); }, limits);
  if (said) return parse(*said);
  Reading out;
  out.failure = said.error().message;
  return out;
}

// An event's place is told, not compared: the same event may well be found at another column.
ShadowDifference changed(const std::string& key, const Line& a, const Line& b) {
  ShadowDifference out;
  out.what = key;
  out.place = b.place.empty() ? a.place : b.place;
  std::map<std::string, std::pair<std::string, std::string>> both;
  for (const auto& [field, value] : a.fields) both[field].first = value;
  for (const auto& [field, value] : b.fields) both[field].second = value;
  for (auto& [field, values] : both) {
    if (values.first == values.second) continue;
    out.fields.push_back(field);
    if (!values.first.starts_with("hidden:") && !values.second.starts_with("hidden:")) out.values[field] = values;
  }
  return out;
}

void only(ShadowDifference::Kind kind, const std::string& key, const std::vector<Line>& lines, std::size_t from,
          std::vector<ShadowDifference>& into) {
  for (std::size_t i = from; i < lines.size(); ++i) into.push_back({kind, key, lines[i].place, {}, {}});
}

void compare(const Reading& a, const Reading& b, ShadowDocument& out) {
  static const std::vector<Line> kNone;
  const auto of = [](const Reading& r, const std::string& key) -> const std::vector<Line>& {
    const auto found = r.lines.find(key);
    return found == r.lines.end() ? kNone : found->second;
  };
  for (const auto& [key, old_lines] : a.lines) {
    const auto& new_lines = of(b, key);
    const std::size_t both = std::min(old_lines.size(), new_lines.size());
    for (std::size_t i = 0; i < both; ++i) {
      auto one = changed(key, old_lines[i], new_lines[i]);
      if (one.fields.empty())
        ++out.same;
      else
        out.differences.push_back(std::move(one));
    }
    only(ShadowDifference::Kind::kOnlyOld, key, old_lines, both, out.differences);
  }
  for (const auto& [key, new_lines] : b.lines)
    only(ShadowDifference::Kind::kOnlyNew, key, new_lines, std::min(of(a, key).size(), new_lines.size()),
         out.differences);
}

}  // namespace

Result<ShadowDocument> run_shadow(const ShadowVersion& old_version, const ShadowVersion& new_version,
                                  const std::string& document, const ShadowOptions& options, Random& random) {
  const auto file = open_plain_file(document);
  if (!file) return file.error();
  const SecretKey salt = SecretKey::random(random);
  const Reading a = read(old_version, document, file->get(), options, salt);
  const Reading b = read(new_version, document, file->get(), options, salt);
  ShadowDocument out;
  out.path = document;
  out.old_failure = a.failure;
  out.new_failure = b.failure;
  out.old_events = a.count;
  out.new_events = b.count;
  compare(a, b, out);
  return out;
}

}  // namespace vestitel
