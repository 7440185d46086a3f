// Log lines: a name (noun + past verb, like delivery_settled) and typed fields. JSON lines to the journal, text to a
// terminal. A personal value has no way into a field: Personal<T> converts to none of the types below.
//
// Each name may write 10 lines a second; what is above that is counted and told in one line. Thread: any.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace vestitel::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };

struct Field {
  std::string_view key;
  std::variant<std::int64_t, double, bool, std::string_view> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, std::floating_point auto v) : key(k), value(static_cast<double>(v)) {}
  Field(std::string_view k, std::integral auto v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

enum class Form : std::uint8_t { kJson, kText };

// Called once by the host before threads start. Without it only warnings and errors are written, as text.
void configure(Form form, Level least);

void write(Level level, std::string_view name, std::initializer_list<Field> fields);

inline void debug(std::string_view name, std::initializer_list<Field> f = {}) { write(Level::kDebug, name, f); }
inline void info(std::string_view name, std::initializer_list<Field> f = {}) { write(Level::kInfo, name, f); }
inline void warning(std::string_view name, std::initializer_list<Field> f = {}) { write(Level::kWarning, name, f); }
inline void error(std::string_view name, std::initializer_list<Field> f = {}) { write(Level::kError, name, f); }

}  // namespace vestitel::log
