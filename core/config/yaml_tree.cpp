#include "core/config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <utility>

#include "core/base/json_text.hpp"

namespace vestitel {
namespace {

using YAML::anchor_t;
using YAML::Mark;

[[noreturn]] void refuse(const Mark& mark, const char* why) { throw YAML::ParserException(mark, why); }

// Builds the tree from the parser's events. A map's key arrives as a scalar like any other.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const Mark& mark, anchor_t) override { refuse(mark, "an alias; write the value out"); }
  void OnNull(const Mark& mark, anchor_t) override { put(node(mark, YamlNode::Kind::kNull)); }

  void OnScalar(const Mark& mark, const std::string& tag, anchor_t, const std::string& value) override {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "a tag; plain values only");
    YamlNode scalar = node(mark, YamlNode::Kind::kText);
    scalar.text = value;
    scalar.plain = tag != "!";
    put(std::move(scalar));
  }

  void OnSequenceStart(const Mark& mark, const std::string& tag, anchor_t, YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const Mark& mark, const std::string& tag, anchor_t, YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }
  void OnAnchor(const Mark& mark, const std::string&) override { refuse(mark, "an anchor; write the value out"); }

 private:
  static YamlNode node(const Mark& mark, YamlNode::Kind kind) {
    YamlNode made;
    made.kind = kind;
    made.line = static_cast<std::uint32_t>(mark.line + 1);
    made.column = static_cast<std::uint32_t>(mark.column + 1);
    return made;
  }

  bool key_expected() const {
    return !open_.empty() && open_.back().kind == YamlNode::Kind::kMap &&
           open_.back().keys.size() == open_.back().items.size();
  }

  void open(const Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    if (!tag.empty() && tag != "?") refuse(mark, "a tag; plain values only");
    if (key_expected()) refuse(mark, "a key that is not a word");
    if (open_.size() == kMaxYamlDepth) refuse(mark, "nesting deeper than 32");
    open_.push_back(node(mark, kind));
  }

  void close() {
    YamlNode done = std::move(open_.back());
    open_.pop_back();
    put(std::move(done));
  }

  void put(YamlNode value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (key_expected()) {
      open_.back().keys.push_back({std::move(value.text), value.line, value.column});
    } else {
      open_.back().items.push_back(std::move(value));
    }
  }

  YamlNode root_;
  std::vector<YamlNode> open_;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].text == key) return &items[i];
  return nullptr;
}

std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file, ConfigFindings& findings) {
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    findings.push_back({{file, 0, 0}, "", "bytes that are not text", "UTF-8"});
    return std::nullopt;
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder;
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take();
    TreeBuilder rest;
    if (parser.HandleNextDocument(rest)) {
      findings.push_back({{file, rest.take().line, 1}, "", "a second document", "one document a file"});
      return std::nullopt;
    }
    return root;
  } catch (const YAML::Exception& e) {
    findings.push_back(
        {{file, static_cast<std::uint32_t>(e.mark.line + 1), static_cast<std::uint32_t>(e.mark.column + 1)},
         "",
         e.msg,
         "YAML: maps, lists and plain values"});
    return std::nullopt;
  }
}

}  // namespace vestitel
