// Who may deliver reports: a partner, what it may report for, by which instances, and how it proves who it is.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"

namespace vestitel {

// What a partner may report for: one facility by its РЗИ number of ten digits, every facility of a РЗОК by its two
// digits, or "any".
inline constexpr std::string_view kAnyFacility = "any";
bool is_facility_grant(std::string_view text);

struct Partner {
  std::string id;                       // [a-z0-9-]{1,40}
  std::string name;                     // as people say it; may be empty
  std::string region;                   // РЗОК that it has its contract with, "01" to "28", or ""
  std::string receipts_to;              // where staff send receipts, or ""
  std::vector<std::string> facilities;  // grants, as above
  std::vector<std::string> instances;   // source instances that it may deliver to
  Instant since;
  std::optional<Instant> ended;  // since then it delivers nothing

  // Whether a record for `facility` is the partner's to report. A record that names none is.
  [[nodiscard]] bool may_report_for(std::string_view facility) const;
  [[nodiscard]] bool may_use(std::string_view instance) const {
    return std::find(instances.begin(), instances.end(), instance) != instances.end();
  }
};

// The РЗОК of a facility by the first two digits of its РЗИ number: 01 to 28, or 31 to 58 less 30. "" where it is none.
std::string region_of_facility(std::string_view facility);

enum class CredentialKind : std::uint8_t { kKey = 1, kCertificate = 2 };  // stored
std::string_view to_text(CredentialKind kind);                            // "key", "certificate"

// A secret of a partner is kept as its SHA-256: of the key as it was handed out, or of the certificate in DER.
struct Credential {
  CredentialKind kind = CredentialKind::kKey;
  Digest digest{};
  Instant since;
  std::optional<Instant> until;  // good before; none: for good
};

// Keys are shown once, when they are made: "vk1-" and 43 characters of base64url.
inline constexpr std::string_view kKeyPrefix = "vk1-";

}  // namespace vestitel
