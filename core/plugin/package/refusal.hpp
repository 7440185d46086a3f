// Why a package, a statement or a store is refused: a closed list, each with a name of its own and what staff do about
// it. The name ends the message, in brackets, so that it is told wherever the error is told:
//
//   verifying acme.vplugin: lib/extra.so is in the package, and its manifest does not list it [unlisted-file]
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vestitel {

enum class Refusal : std::uint8_t {
  // the file
  kNotAPackage,
  kTooLarge,
  kDuplicateName,
  kUnsafePath,
  kSymlink,
  kUnsafeMode,
  // its manifest and its files
  kNoManifest,
  kBadManifest,
  kUnlistedFile,
  kMissingFile,
  kChangedFile,
  kChangedMode,
  kBadDescription,
  // who signed it
  kUnsigned,
  kWrongSignature,
  kUnknownPublisher,
  kPublisherExpired,
  kPublisherNotYet,
  kPublisherRevoked,
  kPackageRevoked,
  kForeignId,
  kForeignKind,
  kOtherInstallation,
  kLevelTooLow,
  // keys, statements and lists
  kBadKey,
  kBadStatement,
  kUnknownRoot,
  kStaleList,
  // whether it fits this machine
  kWrongPlatform,
  kGlibcTooOld,
  kAbiTooOld,
  kAbiTooNew,
  // what is in the store
  kDowngrade,
  kVersionReused,
  kUnsafeStore,
  kDamagedStore,
  kNotInstalled,
  kNotEnabled,
  kNotGranted,
  kStillEnabled,
  kNoPrevious,
  kPolicyFixed,
};

struct RefusalRow {
  Refusal refusal;
  std::string_view name;    // "unlisted-file"
  std::string_view remedy;  // what to do, for IT staff
};
std::span<const RefusalRow> refusal_table();

std::string_view to_text(Refusal refusal);

// kDenied, with the name behind the message.
Error refused(Refusal refusal, std::string message);

// The refusal that an error tells of, through whatever was said around it; nothing where it is none.
std::optional<Refusal> refusal_of(const Error& error);
std::string_view remedy(Refusal refusal);

}  // namespace vestitel
