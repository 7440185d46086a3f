// What a key of the inbox stands for, as a small file of the desk.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/intake/folder.hpp"
#include "core/intake/inbox_desk.hpp"

namespace vestitel {

inline constexpr std::string_view kDeskFolder = ".inbox";
inline constexpr std::string_view kClaimed = ".claimed", kPlaced = ".placed";

struct InboxClaim {
  std::string fingerprint;  // of the content and of what was said that changes its meaning; hex
  std::string name;         // under which the document is placed
};

// Nothing: there is none of that name.
Result<std::optional<InboxClaim>> read_claim(const Folder& own, const std::string& file);
std::string to_text(const InboxClaim& claim);

// What makes two deliveries the same.
std::string inbox_fingerprint(const InboxOrder& order, const Digest& content);
// Tells nothing of what it is made of.
std::string inbox_id(const InboxOrder& order, const std::string& fingerprint);

// The name that a document gets in the drop folder: its id, and what the sender calls it, without what no name of a
// file should say and never as one that the folder keeps for itself.
std::string inbox_name(const std::string& id, std::string_view name);

}  // namespace vestitel
