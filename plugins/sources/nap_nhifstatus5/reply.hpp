// One answer of the register: what it says of the person who was asked about, and the event that follows. The names of
// its root, its person and its status are not documented: they are known by their place, the rest by local name.
#pragma once
#include <string_view>

#include "plugins/sources/common/checks.hpp"

namespace nap {

enum class Said {
  insured,      // status 1
  interrupted,  // status 2
  nothing,      // any other status: no data, which never means that the insurance was lost
  refusal,      // an Error
};

struct Reply {
  Said said = Said::nothing;
  std::string_view code;  // of a refusal, as it stands
  sources::Node person;
};

// Who was asked about, and for which day.
struct Asked {
  sources::Subject subject;
  vestitel::Date day;
};

// Reads the answer with this root. What cannot be read exactly is a fault of `checks`.
Reply read_reply(sources::Node root, std::string_view pin, sources::Checks& checks);

// Emits the status, where the reply says one.
void write_status(const Asked& asked, const Reply& reply, vestitel::Emit& out, vestitel_place place);

}  // namespace nap
