// A map of a profile with the places of its keys: what is asked for is known, everything else is an error.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "plugins/sinks/sms_http/pattern.hpp"
#include "plugins/sinks/sms_http/template.hpp"

namespace vestitel::sms_http {

// Throws Error E_CONFIG: "line 3, column 5: KEY: what is wrong".
[[noreturn]] void fail_at(const YAML::Node& node, std::string_view key, std::string_view what);

// The text of a scalar; `key` is for the error.
std::string scalar(const YAML::Node& node, std::string_view key);

// One of the words, as its number; the error lists them.
std::size_t word(const YAML::Node& node, std::string_view key, std::initializer_list<std::string_view> words);

// With `with_value`: of those that have a {value}.
Pattern pattern(const YAML::Node& node, std::string_view key, bool with_value = false);
// One, or a list of them.
std::vector<Pattern> patterns(const YAML::Node& node, std::string_view key);
Template template_of(const YAML::Node& node, std::string_view key);

class YamlMap {
 public:
  struct Member {
    std::string key;
    YAML::Node at, value;
    bool taken = false;
  };

  // `name` is what errors call it. An absent node (no IsDefined) is an empty map. At most 200 keys.
  YamlMap(const YAML::Node& node, std::string name);

  // Undefined where the key is not there.
  YAML::Node take(std::string_view key);
  YAML::Node need(std::string_view key);
  std::string text(std::string_view key, std::string_view otherwise = {});
  bool truth(std::string_view key, bool otherwise);
  std::int64_t number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t otherwise);
  // A text, or a list of texts.
  std::vector<std::string> texts(std::string_view key);

  std::vector<Member>& members() { return members_; }
  const YAML::Node& node() const { return node_; }

  // Every key has been asked for; else an error that names the first which was not, and those that are.
  void end() const;

 private:
  YAML::Node node_;
  std::string name_;
  std::vector<Member> members_;
  std::vector<std::string> asked_;
};

// Those of a list, or the one that is no list.
std::vector<YAML::Node> items(const YAML::Node& node);

}  // namespace vestitel::sms_http
