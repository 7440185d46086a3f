// NAME.meta.json: what the sender says of a document beside it. Each key is optional; an unknown one is an error.
//   {"as_of": "2026-10-31", "complete": false, "media_type": "application/xml"}
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vestitel {

inline constexpr std::size_t kMaxSidecarBytes = 16UL * 1024;

struct Sidecar {
  std::optional<Instant> as_of;  // a date means its beginning in Europe/Sofia
  bool complete = false;         // the sender vouches that the document covers its scope wholly
  std::string media_type;
};

// kInvalid names the key and what is allowed, never what was found.
Result<Sidecar> parse_sidecar(std::string_view json);

// "2026-10-31" or "2026-10-31T08:00:00Z".
std::optional<Instant> parse_as_of(std::string_view text);

// What is wrong with an as-of, wherever it was said; nothing: it may stand. A day ahead is let pass, for clocks differ;
// what lies further on would make every record of the document one that is reported in the future.
std::optional<std::string_view> as_of_fault(Instant as_of, Instant now);

}  // namespace vestitel
