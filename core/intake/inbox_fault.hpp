// What can be wrong with a document that comes over the network, before any reader sees it.
#pragma once
#include <cstdint>

namespace vestitel {

enum class InboxFault : std::uint8_t {
  kNone,
  kEmpty,
  kTooLarge,      // as it came, or unpacked
  kTooPacked,     // it would grow beyond the ratio
  kNotGzip,       // or cut off, or its checksum is wrong
  kNotZip,        // likewise
  kZipForm,       // encrypted, ZIP64, spanned, with a comment or with bytes that no entry owns
  kZipEntries,    // not exactly one
  kZipFolder,     // its one entry is a folder, or lies in one
  kOtherContent,  // the key was used before, for other content
  kStorage,       // the machine failed; the log says how
};

}  // namespace vestitel
