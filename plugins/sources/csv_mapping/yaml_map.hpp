// A map of the mapping with the places of its keys: what is asked for is known, everything else is an error.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace csv_mapping {

// Throws Error E_CONFIG: "line 3, column 5: KEY: what is wrong".
[[noreturn]] void fail_at(const YAML::Node& node, std::string_view key, std::string_view what);

class YamlMap {
 public:
  // `name` is what errors call it. An absent node (no IsDefined) is an empty map.
  YamlMap(const YAML::Node& node, std::string name);

  // Empty where the key is not there.
  YAML::Node take(std::string_view key);
  std::string text(std::string_view key, std::string_view otherwise = {});
  std::string need(std::string_view key);
  bool truth(std::string_view key, bool otherwise);
  std::size_t number(std::string_view key, std::size_t least, std::size_t most);
  // A text, or a list of texts.
  std::vector<std::string> texts(std::string_view key);

  struct Member {
    std::string key;
    YAML::Node at, value;
    bool taken = false;
  };
  // In their order; not asked for one by one.
  std::vector<Member>& members() { return members_; }
  const YAML::Node& node() const { return node_; }

  // Every key has been asked for; else an error that names the first which was not.
  void end() const;

 private:
  YAML::Node node_;
  std::string name_;
  std::vector<Member> members_;
};

// The text of a scalar; `key` is for the error.
std::string scalar(const YAML::Node& node, std::string_view key);

}  // namespace csv_mapping
