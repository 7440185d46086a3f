// Where documents that came over the network lie: a drop folder for each partner of an instance, and one for its
// trials.
//
//   STATE/received/INSTANCE/PARTNER/          delivered: read, routed, told
//   STATE/received/INSTANCE/PARTNER/trial/    tried: read to its end and answered by a receipt, and nothing stays
//
// Whoever takes a document puts it there whole and durable: the sidecar, then the document by a rename, then
// NAME.ready. All else, up to the receipts in done/ and rejected/, is the drop folder's.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace vestitel {

enum class Purpose : std::uint8_t { kDelivery, kTrial };

inline constexpr std::string_view kTrialFolder = "trial";

inline std::string trial_folder(const std::string& drop_folder) {
  return drop_folder + "/" + std::string(kTrialFolder);
}

// `state` is the hub's state folder; instance and partner are ids, never text from outside.
inline std::string received_folder(const std::string& state, std::string_view instance, std::string_view partner,
                                   Purpose purpose) {
  std::string folder = state + "/received/" + std::string(instance) + "/" + std::string(partner);
  return purpose == Purpose::kTrial ? trial_folder(folder) : folder;
}

}  // namespace vestitel
