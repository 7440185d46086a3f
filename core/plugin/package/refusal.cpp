#include "core/plugin/package/refusal.hpp"

#include <array>

namespace vestitel {
namespace {

constexpr std::string_view kAskPublisher =
    "ask the publisher for the package again; what arrived is not what they made";
constexpr std::string_view kPublisherMends = "the publisher has to pack it anew with `vestitel-plugin pack`";

constexpr std::array kRows = {
    RefusalRow{Refusal::kNotAPackage, "not-a-package", kAskPublisher},
    RefusalRow{Refusal::kTooLarge, "too-large", kPublisherMends},
    RefusalRow{Refusal::kDuplicateName, "duplicate-name", kPublisherMends},
    RefusalRow{Refusal::kUnsafePath, "unsafe-path", kPublisherMends},
    RefusalRow{Refusal::kSymlink, "symlink", kPublisherMends},
    RefusalRow{Refusal::kUnsafeMode, "unsafe-mode", kPublisherMends},
    RefusalRow{Refusal::kNoManifest, "no-manifest", kPublisherMends},
    RefusalRow{Refusal::kBadManifest, "bad-manifest", kPublisherMends},
    RefusalRow{Refusal::kUnlistedFile, "unlisted-file", kAskPublisher},
    RefusalRow{Refusal::kMissingFile, "missing-file", kAskPublisher},
    RefusalRow{Refusal::kChangedFile, "changed-file", kAskPublisher},
    RefusalRow{Refusal::kChangedMode, "changed-mode", kAskPublisher},
    RefusalRow{Refusal::kBadDescription, "bad-description", kPublisherMends},
    RefusalRow{Refusal::kUnsigned, "unsigned", "the publisher has to sign it with `vestitel-plugin sign`"},
    RefusalRow{Refusal::kWrongSignature, "wrong-signature", kAskPublisher},
    RefusalRow{Refusal::kUnknownPublisher, "unknown-publisher",
               "get the publisher's statement from the Fund and add it with `plugin trust add`"},
    RefusalRow{Refusal::kPublisherExpired, "publisher-expired",
               "get a new statement for the publisher and add it with `plugin trust add`"},
    RefusalRow{Refusal::kPublisherNotYet, "publisher-not-yet",
               "wait for the day on which the statement begins, and look at this machine's clock"},
    RefusalRow{Refusal::kPublisherRevoked, "publisher-revoked",
               "do not use it; ask the Fund why, and the publisher for a package under their new key"},
    RefusalRow{Refusal::kPackageRevoked, "package-revoked", "do not use it; install the version that replaces it"},
    RefusalRow{Refusal::kForeignId, "foreign-id", "the publisher may not use this id; ask the Fund"},
    RefusalRow{Refusal::kForeignKind, "foreign-kind", "the publisher may not publish this kind; ask the Fund"},
    RefusalRow{Refusal::kOtherInstallation, "other-installation",
               "the statement is for another installation; get one for the id that `plugin trust list` shows"},
    RefusalRow{Refusal::kLevelTooLow, "level-too-low",
               "the policy asks for a higher level; get the plugin reviewed, it cannot be let in by hand"},
    RefusalRow{Refusal::kBadKey, "bad-key", "give an Ed25519 key as `plugin keygen` or openssl writes it"},
    RefusalRow{Refusal::kBadStatement, "bad-statement", "get the file again from who issued it"},
    RefusalRow{Refusal::kUnknownRoot, "unknown-root",
               "add the root key that signed it with `plugin trust add --root`, after comparing its fingerprint"},
    RefusalRow{Refusal::kStaleList, "stale-list", "a newer one is in the store already; nothing to do"},
    RefusalRow{Refusal::kWrongPlatform, "wrong-platform", "get the package for this machine's platform"},
    RefusalRow{Refusal::kGlibcTooOld, "glibc-too-old", "get a package built for this Debian release"},
    RefusalRow{Refusal::kAbiTooOld, "abi-too-old", "get a newer package: this hub no longer loads that plugin ABI"},
    RefusalRow{Refusal::kAbiTooNew, "abi-too-new", "upgrade Vestitel first: the package needs a newer plugin ABI"},
    RefusalRow{Refusal::kDowngrade, "downgrade", "use `plugin rollback` to go back to the version before"},
    RefusalRow{Refusal::kVersionReused, "version-reused",
               "ask the publisher: two different packages carry the same version number"},
    RefusalRow{Refusal::kUnsafeStore, "unsafe-store",
               "the store must belong to root or the hub's user and be closed to others (chmod go-w)"},
    RefusalRow{Refusal::kDamagedStore, "damaged-store", "remove the package and install it again from its file"},
    RefusalRow{Refusal::kNotInstalled, "not-installed", "see `plugin list`, then `plugin install FILE`"},
    RefusalRow{Refusal::kNotEnabled, "not-enabled", "`plugin enable ID`"},
    RefusalRow{Refusal::kNotGranted, "not-granted",
               "read what it asks for, then repeat with `--grant all`, or `--grant ITEM` for each"},
    RefusalRow{Refusal::kStillEnabled, "still-enabled", "`plugin disable ID` first"},
    RefusalRow{Refusal::kNoPrevious, "no-previous", "there is no earlier version; install one"},
    RefusalRow{Refusal::kPolicyFixed, "policy-fixed",
               "a policy is only ever tightened; development mode is given to a new store alone"},
};

}  // namespace

std::span<const RefusalRow> refusal_table() { return kRows; }

std::string_view to_text(Refusal refusal) { return kRows.at(static_cast<std::size_t>(refusal)).name; }
std::string_view remedy(Refusal refusal) { return kRows.at(static_cast<std::size_t>(refusal)).remedy; }

Error refused(Refusal refusal, std::string message) {
  message += " [";
  message += to_text(refusal);
  message += ']';
  return {Failure::kDenied, std::move(message)};
}

std::optional<Refusal> refusal_of(const Error& error) {
  const std::string_view text = error.message;
  const std::size_t open = text.rfind(" [");
  if (open == std::string_view::npos || !text.ends_with(']')) return std::nullopt;
  const auto name = text.substr(open + 2, text.size() - open - 3);
  for (const auto& row : kRows)
    if (row.name == name) return row.refusal;
  return std::nullopt;
}

}  // namespace vestitel
