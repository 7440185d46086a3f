// What the inbox answers when it does not do what was asked: one closed list, in Bulgarian and English, as problem
// details (RFC 9457). Nothing that was asked is ever repeated in an answer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/intake/inbox_fault.hpp"

namespace vestitel {

enum class Problem : std::uint8_t {
  kBadRequest,
  kBadVersion,
  kHeadTooLarge,
  kBadExpectation,
  kNoSuchPath,
  kBadMethod,
  kNoCredential,
  kBadCredential,
  kTwoPartners,
  kTooManyFailures,
  kNotYours,
  kNoSuchInstance,
  kNoSuchReceipt,
  kNotAcceptable,
  kBadKey,
  kBadName,
  kBadAsOf,
  kAsOfAhead,
  kBadComplete,
  kBadMediaType,
  kBadEncoding,
  kNoLength,
  kTooLarge,
  kTooManyBodies,
  kNoRoom,
  kBadBody,
  kEmpty,
  kTooPacked,
  kNotGzip,
  kNotZip,
  kZipForm,
  kZipEntries,
  kZipFolder,
  kOtherContent,
  kNotFromThere,
  kNotAReceipt,
  kForgedReceipt,
  kNotNow,
  kStorage,  // the last
};
inline constexpr std::size_t kProblems = static_cast<std::size_t>(Problem::kStorage) + 1;

struct ProblemText {
  std::uint32_t status = 0;
  std::string_view slug;  // the end of the problem's type
  std::string_view title, detail, detail_bg;
};

const ProblemText& text_of(Problem problem);

// The body of the answer, application/problem+json.
std::string problem_json(Problem problem);

Problem problem_of(InboxFault fault);  // not of kNone

}  // namespace vestitel
