#include "core/plugin/package/json_fields.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "core/base/safe_text.hpp"
#include "core/plugin/package/signature.hpp"

namespace vestitel {
namespace {

const nlohmann::json kNothing;

// Builds the document, and stops at what a plain parse would let pass.
class Strict {
 public:
  explicit Strict(std::size_t max_depth) : max_depth_(max_depth) {}
  bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (static_cast<std::size_t>(depth) >= max_depth_) fault_ = "it is nested too deeply";
      keys_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key && !keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
      fault_ = "a key stands twice in one object";
    }
    return fault_.empty();
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  const std::size_t max_depth_;
  std::vector<std::set<std::string>> keys_;
  std::string fault_;
};

bool plain_text(const nlohmann::json& value, std::size_t max) {
  return value.is_string() && value.get_ref<const std::string&>().size() <= max &&
         value.get_ref<const std::string&>().find('\0') == std::string::npos;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::size_t max_depth) {
  Strict strict(max_depth);
  auto parsed = nlohmann::json::parse(text, std::ref(strict), false);
  if (!strict.fault().empty()) return {Failure::kInvalid, strict.fault()};
  if (parsed.is_discarded()) return {Failure::kInvalid, "it is no JSON"};
  return parsed;
}

std::string to_second(Instant t) {
  const std::string text = to_text(t);
  return text.substr(0, text.find('.')) + "Z";
}

std::optional<Instant> parse_second(std::string_view text) {
  // 2026-11-22T08:00:00Z
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text[19] != 'Z')
    return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + size, value);
    return error == std::errc{} && end == text.data() + at + size ? value : -1;
  };
  const std::chrono::year_month_day day{std::chrono::year{part(0, 4)},
                                        std::chrono::month{static_cast<unsigned>(part(5, 2))},
                                        std::chrono::day{static_cast<unsigned>(part(8, 2))}};
  const int hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!day.ok() || part(0, 4) < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  return Instant{std::chrono::sys_days{day}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

void JsonFields::fail(std::string_view key, std::string_view why) {
  if (fault_.empty()) fault_ = fmt::format("{}: {}", key, why);
}

const nlohmann::json* JsonFields::take(const char* key, bool required) {
  if (!fault_.empty()) return nullptr;
  known_.insert(key);
  const auto found = object_.find(key);
  if (found != object_.end()) return &*found;
  if (required) fail(key, "it is missing");
  return nullptr;
}

void JsonFields::text(const char* key, std::string& into, std::size_t max) {
  const auto* value = take(key, true);
  if (value == nullptr) return;
  if (!plain_text(*value, max)) return fail(key, fmt::format("a text of at most {} bytes is expected", max));
  into = value->get<std::string>();
}

void JsonFields::optional_text(const char* key, std::string& into, std::size_t max) {
  if (has(key)) text(key, into, max);
}

void JsonFields::number(const char* key, std::uint64_t& into, std::uint64_t max) {
  const auto* value = take(key, true);
  if (value == nullptr) return;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() > max)
    return fail(key, fmt::format("a whole number from 0 to {} is expected", max));
  into = value->get<std::uint64_t>();
}

void JsonFields::optional_number(const char* key, std::uint64_t& into, std::uint64_t max) {
  if (has(key)) number(key, into, max);
}

void JsonFields::flag(const char* key, bool& into) {
  const auto* value = take(key, true);
  if (value == nullptr) return;
  if (!value->is_boolean()) return fail(key, "true or false is expected");
  into = value->get<bool>();
}

void JsonFields::instant(const char* key, Instant& into) {
  std::string written;
  text(key, written, 32);
  if (!fault_.empty()) return;
  const auto parsed = parse_second(written);
  if (!parsed) return fail(key, "a time such as 2026-11-22T08:00:00Z is expected");
  into = *parsed;
}

void JsonFields::hex(const char* key, std::string& into, std::size_t bytes) {
  std::string written;
  text(key, written, bytes * 2);
  if (!fault_.empty()) return;
  const auto parsed = from_hex(written);
  if (!parsed || parsed->size() != bytes)
    return fail(key, fmt::format("{} lower-case hex digits are expected", bytes * 2));
  into = *parsed;
}

void JsonFields::texts(const char* key, std::vector<std::string>& into, std::size_t max_count, std::size_t max) {
  const auto& values = list(key, max_count);
  if (!fault_.empty()) return;
  into.clear();
  for (const auto& value : values) {
    if (!plain_text(value, max)) return fail(key, fmt::format("texts of at most {} bytes are expected", max));
    into.push_back(value.get<std::string>());
  }
}

void JsonFields::optional_texts(const char* key, std::vector<std::string>& into, std::size_t max_count,
                                std::size_t max) {
  if (has(key)) texts(key, into, max_count, max);
}

const nlohmann::json& JsonFields::object(const char* key) {
  const auto* value = take(key, true);
  if (value == nullptr) return kNothing;
  if (value->is_object()) return *value;
  fail(key, "an object is expected");
  return kNothing;
}

const nlohmann::json& JsonFields::list(const char* key, std::size_t max_count) {
  const auto* value = take(key, true);
  if (value == nullptr) return kNothing;
  if (value->is_array() && value->size() <= max_count) return *value;
  fail(key, fmt::format("a list of at most {} is expected", max_count));
  return kNothing;
}

Result<> JsonFields::end() {
  for (const auto& [key, value] : object_.is_object() ? object_.items() : kNothing.items())
    if (fault_.empty() && !known_.contains(key)) fault_ = "the key \"" + safe_text(key, 60) + "\" is not known";
  if (!fault_.empty()) return {Failure::kInvalid, fault_};
  return Done{};
}

}  // namespace vestitel
