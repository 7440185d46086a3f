// The lines of a page of the service, up to the one that ends it.
#pragma once
#include <cstdint>
#include <string_view>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/page_service.hpp"
#include "plugins/sources/pis_contacts/profile.hpp"

namespace pis_contacts {

// Emits them; lines that cannot be events are quarantined. Throws Error::data when it is no whole page of at most
// `limit` lines.
sources::PageEnd read_page(std::string_view body, std::uint32_t limit, Profiles& profiles, vestitel::Emit& out);

}  // namespace pis_contacts
