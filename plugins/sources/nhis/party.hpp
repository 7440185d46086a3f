// Whom a record is about, and who reported it.
#pragma once
#include "plugins/sources/common/fault.hpp"
#include "plugins/sources/common/tree.hpp"
#include "slip.hpp"

namespace nhis {

// `body` holds subject, and performer or requester. A fault whose element is missing stands at `body`.
sources::Fault read_subject(sources::Node body, const Settings& settings, const vestitel::Date& today, Slip& slip);
sources::Fault read_performer(sources::Node body, Slip& slip);

// The number of a facility, and its region by the number's prefix.
sources::Fault read_facility(sources::Node node, sources::Name name, std::string_view value, Slip& slip);

}  // namespace nhis
