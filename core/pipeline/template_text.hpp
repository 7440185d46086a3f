// What a template's text may hold, checked before any of it is rendered.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/config/findings.hpp"
#include "core/pipeline/render.hpp"

namespace vestitel {

// The neutral list. Bits of Parsed::uses.
enum Uses : std::uint32_t {
  kUsesOccurredOn = 1,
  kUsesReportedOn = 2,
  kUsesKind = 4,
  kUsesNotice = 8,
  kUsesLink = 16,
  kUsesRevision = 32,
};

struct Templates::Parsed {
  std::string name;
  std::optional<Channel> channel;
  std::size_t locale = 0;   // place in kLocales
  std::string title, body;  // mustache
  std::uint32_t uses = 0;
};

// Stands for a line break in a parsed body: the library has rules of its own about line breaks behind a section, which
// take away empty lines that were meant. No template may hold it.
inline constexpr char kLineMark = '\x02';

// Splits title from body and checks both: size, nesting, variables, sections, control characters.
Templates::Parsed parse_template(const TemplateSource& source, ConfigFindings& findings);

}  // namespace vestitel
