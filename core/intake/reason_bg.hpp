// The Bulgarian of the reasons that stand in a receipt.
#pragma once
#include <string>
#include <string_view>

namespace vestitel {

// What a partner's clerk reads for the reason of a rejection or of a record that was set aside. Covers the hub's own
// reasons and those of the sources that come with it, with the element or "sidecar: " before them; any other plugin's
// reason comes back as it is.
std::string reason_in_bulgarian(std::string_view reason);

}  // namespace vestitel
