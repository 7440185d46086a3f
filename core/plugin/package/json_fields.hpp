// Reading JSON that somebody else wrote: bounded depth, no key twice, no key that is not known, each value of its type.
// The first fault is kept; those behind it are not looked for.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vestitel {

// kInvalid: not JSON, too deep, or a key stands twice in one object.
Result<nlohmann::json> parse_json(std::string_view text, std::size_t max_depth = 12);

// "2026-11-22T08:00:00Z", to the second.
std::string to_second(Instant t);
std::optional<Instant> parse_second(std::string_view text);

class JsonFields {
 public:
  explicit JsonFields(const nlohmann::json& object) : object_(object) {
    if (!object.is_object()) fault_ = "an object is expected";
  }

  void text(const char* key, std::string& into, std::size_t max = 1024);
  void optional_text(const char* key, std::string& into, std::size_t max = 1024);
  void number(const char* key, std::uint64_t& into, std::uint64_t max);
  void optional_number(const char* key, std::uint64_t& into, std::uint64_t max);
  void flag(const char* key, bool& into);
  void instant(const char* key, Instant& into);
  void hex(const char* key, std::string& into, std::size_t bytes);  // the bytes themselves
  void texts(const char* key, std::vector<std::string>& into, std::size_t max_count = 64, std::size_t max = 256);
  void optional_texts(const char* key, std::vector<std::string>& into, std::size_t max_count = 64,
                      std::size_t max = 256);
  // The value of a key that the caller reads; a reference to null where it is missing.
  const nlohmann::json& object(const char* key);
  const nlohmann::json& list(const char* key, std::size_t max_count);
  [[nodiscard]] bool has(const char* key) const { return object_.is_object() && object_.contains(key); }

  void fail(std::string_view key, std::string_view why);
  // Done, or the first fault; a key that was not asked for is one.
  [[nodiscard]] Result<> end();

 private:
  const nlohmann::json* take(const char* key, bool required);
  const nlohmann::json& object_;
  std::set<std::string, std::less<>> known_;
  std::string fault_;
};

}  // namespace vestitel
