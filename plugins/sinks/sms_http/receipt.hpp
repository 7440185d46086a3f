// What a provider says later of messages, by the section `receipts` of a profile: pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/sink.hpp>

#include "plugins/sinks/sms_http/profile.hpp"

namespace vestitel::sms_http {

struct HeardOne {
  std::string id;
  std::optional<Verdict> verdict;  // none: the message stays accepted
  bool known = true;               // false: its state stands in no row
};

struct HeardAll {
  std::vector<HeardOne> list;
  std::string error;  // why the call is no receipt; holds nothing of it
};

// `query` and `body` as they came: hostile bytes. At most 1,000 receipts a call. No date is later than `now_us`.
// `dead_errors`: codes beside those of the profile.
HeardAll read_receipts(const ReceiptShape& shape, const std::vector<std::string>& dead_errors, std::string_view query,
                       std::string_view body, std::int64_t now_us);

// A date by a profile's pattern, in microseconds since 1970: the end of the second, or the minute, that it names, or an
// address of that very minute would seem to be newer than its end. None: no date.
std::optional<std::int64_t> date_us(std::string_view text, std::string_view pattern, int utc_offset_minutes);

}  // namespace vestitel::sms_http
