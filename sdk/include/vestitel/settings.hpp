// Settings, declared once. From one table of fields come the typed values in the plugin, the JSON Schema that the
// host checks and documents, the errors with the key's path, and an example.
//
//   constexpr vestitel::Field kFields[] = {
//       vestitel::field::text("host", "Name of the mail server.").required(),
//       vestitel::field::integer("port", "Its port.").by_default("25").range(1, 65535),
//       vestitel::field::duration("timeout", "Longest wait for an answer.").by_default("10s"),
//       vestitel::field::secret("password", "For AUTH; not set: no AUTH."),
//   };
//   struct MySink {
//     explicit MySink(const vestitel::Settings& settings) : port_(settings.integer("port")) {}
//
// A secret never stands in the settings JSON: the plugin asks Host::with_secret for it by the field's name.
#pragma once
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "error.hpp"
#include "json.hpp"

namespace vestitel {
inline namespace v1 {

enum class FieldType { text, url, integer, number, boolean, duration, bytes, choice, secret };

// One setting. `fallback` is the default as it would be written; `choices` is "one|two|three".
struct Field {
  std::string_view name;
  FieldType type = FieldType::text;
  std::string_view help;
  std::string_view fallback{}, choices{}, example_text{}, group_name{};
  bool is_required = false, is_advanced = false, has_fallback = false, has_range = false;
  std::int64_t least = 0, most = 0;

  constexpr Field(std::string_view n, FieldType t, std::string_view h) : name(n), type(t), help(h) {}

  constexpr Field required() const {
    Field f = *this;
    f.is_required = true;
    return f;
  }
  constexpr Field advanced() const {
    Field f = *this;
    f.is_advanced = true;
    return f;
  }
  constexpr Field by_default(std::string_view value) const {
    Field f = *this;
    f.fallback = value;
    f.has_fallback = true;
    return f;
  }
  // For integer; for duration in milliseconds, for bytes in bytes. Both ends belong to it.
  constexpr Field range(std::int64_t from, std::int64_t to) const {
    Field f = *this;
    f.has_range = true;
    f.least = from;
    f.most = to;
    return f;
  }
  // What the sample configuration shows when there is no default.
  constexpr Field example(std::string_view value) const {
    Field f = *this;
    f.example_text = value;
    return f;
  }
  constexpr Field group(std::string_view value) const {
    Field f = *this;
    f.group_name = value;
    return f;
  }
};

namespace field {
constexpr Field text(std::string_view name, std::string_view help) { return {name, FieldType::text, help}; }
constexpr Field url(std::string_view name, std::string_view help) { return {name, FieldType::url, help}; }
constexpr Field integer(std::string_view name, std::string_view help) { return {name, FieldType::integer, help}; }
constexpr Field number(std::string_view name, std::string_view help) { return {name, FieldType::number, help}; }
constexpr Field boolean(std::string_view name, std::string_view help) { return {name, FieldType::boolean, help}; }
// A whole number and a unit: ms, s, m, h, d.
constexpr Field duration(std::string_view name, std::string_view help) { return {name, FieldType::duration, help}; }
// A whole number and a unit: B, KiB, MiB, GiB.
constexpr Field bytes(std::string_view name, std::string_view help) { return {name, FieldType::bytes, help}; }
// Exactly one of "one|two|three".
constexpr Field choice(std::string_view name, std::string_view help, std::string_view choices) {
  Field f{name, FieldType::choice, help};
  f.choices = choices;
  return f;
}
constexpr Field secret(std::string_view name, std::string_view help) { return {name, FieldType::secret, help}; }
}  // namespace field

// A borrowed table of fields with static life.
struct Fields {
  const Field* first = nullptr;
  std::size_t count = 0;
  const Field* begin() const { return first; }
  const Field* end() const { return first + count; }
};
template <std::size_t N>
constexpr Fields fields(const Field (&table)[N]) {
  return {table, N};
}
// "{}": a plugin without settings.
constexpr Fields fields(const char (&)[3]) { return {}; }

namespace detail {

// "10s" with its units, for instance {"ms", 1}, {"s", 1000}. False: not a whole number with a known unit.
struct Unit {
  std::string_view name;
  std::int64_t factor;
};
inline constexpr Unit kDurations[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
inline constexpr Unit kSizes[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};

template <std::size_t N>
bool read_quantity(std::string_view text, const Unit (&units)[N], std::int64_t& value) {
  std::size_t i = 0;
  std::int64_t n = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && i < 12; ++i) n = n * 10 + (text[i] - '0');
  for (const Unit& unit : units) {
    if (i == 0 || text.substr(i) != unit.name || n > INT64_MAX / unit.factor) continue;
    value = n * unit.factor;
    return true;
  }
  return false;
}

inline bool read_integer(std::string_view text, std::int64_t& value) {
  const std::string copy(text);
  char* end = nullptr;
  errno = 0;
  value = std::strtoll(copy.c_str(), &end, 10);
  return !copy.empty() && errno == 0 && *end == '\0';
}

inline bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    choices = bar == std::string_view::npos ? std::string_view() : choices.substr(bar + 1);
  }
  return false;
}

}  // namespace detail

// The values of one instance. Asking for a name that the table does not hold, or by another type, is a bug in the
// plugin and throws std::logic_error.
class Settings {
 public:
  // Reads and checks `json`; throws Error E_CONFIG with the field's path. Values never appear in the message.
  Settings(Fields table, std::string_view json) : table_(table), values_(table.count) {
    std::vector<JsonMember> members;
    if (const char* problem = FlatJson(json).read(members)) throw Error::config("", problem);
    for (const JsonMember& member : members) assign(member);
    for (std::size_t i = 0; i < table_.count; ++i) complete(i);
  }

  const std::string& text(std::string_view name) const { return value(name, FieldType::text).text; }
  const std::string& url(std::string_view name) const { return value(name, FieldType::url).text; }
  const std::string& choice(std::string_view name) const { return value(name, FieldType::choice).text; }
  std::int64_t integer(std::string_view name) const { return value(name, FieldType::integer).whole; }
  double number(std::string_view name) const { return value(name, FieldType::number).real; }
  bool boolean(std::string_view name) const { return value(name, FieldType::boolean).whole != 0; }
  std::chrono::milliseconds duration(std::string_view name) const {
    return std::chrono::milliseconds(value(name, FieldType::duration).whole);
  }
  std::int64_t bytes(std::string_view name) const { return value(name, FieldType::bytes).whole; }
  // False for an optional field that was neither given nor has a default; its value is then empty or zero.
  bool has(std::string_view name) const { return values_[index(name)].set; }

 private:
  struct Value {
    bool set = false;
    std::string text;
    std::int64_t whole = 0;
    double real = 0;
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::size_t find(std::string_view name) const {
    for (std::size_t i = 0; i < table_.count; ++i) {
      if (table_.first[i].name == name) return i;
    }
    return kNone;
  }
  std::size_t index(std::string_view name) const {
    const std::size_t i = find(name);
    if (i == kNone) throw std::logic_error("no such setting");
    return i;
  }
  const Value& value(std::string_view name, FieldType type) const {
    const std::size_t i = index(name);
    if (table_.first[i].type != type) throw std::logic_error("setting of another type");
    return values_[i];
  }

  static std::string path(std::string_view name) {
    std::string out = "/";
    for (const char c : name.substr(0, 100)) {
      if (c == '~' || c == '/') {
        out += c == '~' ? "~0" : "~1";
      } else {
        out += c;
      }
    }
    return out;
  }

  void assign(const JsonMember& member) {
    const std::size_t i = find(member.key);
    if (i == kNone) throw Error::config(path(member.key), "there is no such setting");
    if (member.kind == JsonMember::Kind::null) return;
    const Field& f = table_.first[i];
    if (f.type == FieldType::secret) throw Error::config(path(f.name), "a secret never stands in the settings");
    if (!right_kind(f, member.kind)) throw Error::config(path(f.name), "expected " + expected(f));
    store(i, member.text);
  }
  void complete(std::size_t i) {
    const Field& f = table_.first[i];
    if (values_[i].set || f.type == FieldType::secret) return;
    if (f.has_fallback) {
      store(i, f.fallback);
    } else if (f.is_required) {
      throw Error::config(path(f.name), "required, but not set; expected " + expected(f));
    }
  }
  static bool right_kind(const Field& f, JsonMember::Kind kind) {
    switch (f.type) {
      case FieldType::integer:
      case FieldType::number: return kind == JsonMember::Kind::number;
      case FieldType::boolean: return kind == JsonMember::Kind::boolean;
      default: return kind == JsonMember::Kind::text;
    }
  }

  void store(std::size_t i, std::string_view text) {
    const Field& f = table_.first[i];
    Value& v = values_[i];
    if (!convert(f, text, v) || (f.has_range && (v.whole < f.least || v.whole > f.most))) {
      throw Error::config(path(f.name), "expected " + expected(f));
    }
    v.text = text;
    v.set = true;
  }
  static bool convert(const Field& f, std::string_view text, Value& v) {
    switch (f.type) {
      case FieldType::integer: return detail::read_integer(text, v.whole);
      case FieldType::number: v.real = std::strtod(std::string(text).c_str(), nullptr); return true;
      case FieldType::boolean: v.whole = text == "true" ? 1 : 0; return true;
      case FieldType::duration: return detail::read_quantity(text, detail::kDurations, v.whole);
      case FieldType::bytes: return detail::read_quantity(text, detail::kSizes, v.whole);
      case FieldType::choice: return detail::is_choice(f.choices, text);
      case FieldType::url: return text.find("://") != std::string_view::npos;
      default: return !(f.is_required && text.empty());
    }
  }

  static std::string expected(const Field& f) {
    std::string range;
    if (f.has_range) range = " from " + std::to_string(f.least) + " to " + std::to_string(f.most);
    switch (f.type) {
      case FieldType::integer: return "a whole number" + range;
      case FieldType::number: return "a number";
      case FieldType::boolean: return "true or false";
      case FieldType::duration: return "a duration such as 10s (ms, s, m, h, d)" + (f.has_range ? range + " ms" : "");
      case FieldType::bytes: return "a size such as 64KiB (B, KiB, MiB, GiB)" + (f.has_range ? range + " B" : "");
      case FieldType::choice: return "one of " + std::string(f.choices);
      case FieldType::url: return "a URL";
      default: return f.is_required ? "a text that is not empty" : "a text";
    }
  }

  Fields table_;
  std::vector<Value> values_;
};

}  // namespace v1
}  // namespace vestitel
