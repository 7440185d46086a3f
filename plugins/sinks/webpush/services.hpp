// The push services that a subscription may name: those of the browsers, and one that the settings add. A subscription
// comes from outside, so without a list it would choose whom the hub calls.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sinks/webpush/subscription.hpp"

namespace vestitel::webpush {

// Hosts of the browsers' services, each on port 443; "*.": and what is below. As the manifest of the plugin asks for
// them.
inline constexpr std::string_view kBrowserServices[] = {
    "fcm.googleapis.com",                 // Chrome, Edge on Android, Samsung Internet, Opera
    "updates.push.services.mozilla.com",  // Firefox
    "web.push.apple.com",                 // Safari
    "*.push.apple.com",
    "*.notify.windows.com",  // Edge
};

class Services {
 public:
  // `own`: "https://HOST[:PORT]" of a service beside them; empty: none. Nothing where it is another text.
  static std::optional<Services> create(std::string_view own);

  bool allow(const Endpoint& endpoint) const;

  // Where a check calls: the services that have one name.
  std::vector<std::string> origins() const;

 private:
  std::optional<Endpoint> own_;
};

}  // namespace vestitel::webpush
