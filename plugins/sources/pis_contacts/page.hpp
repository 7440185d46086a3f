// One answer of the service: what it means that there is none, and the lines of a page up to the one that ends it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <vestitel/http.hpp>
#include <vestitel/plugin.hpp>

#include "plugins/sources/pis_contacts/profile.hpp"

namespace pis_contacts {

// Where the request goes: the page of at most `limit` lines behind the cursor, "" being the beginning.
std::string page_url(const std::string& url, std::string_view cursor, std::uint32_t limit);

// Throws what an answer other than 200 means: to be asked again later, or a thing that a person has to mend.
void require_page(const vestitel::HttpAnswer& answer);

// How a page ends.
struct PageEnd {
  std::string next;  // the cursor behind the page
  bool more = false;
  std::uint32_t lines = 0;
};

// Emits the lines of a page that was asked for behind `cursor`; lines that cannot be events are quarantined. Throws
// Error::data when it is no whole page of at most `limit` lines, or leads back to where it was asked for.
PageEnd read_page(std::string_view body, std::string_view cursor, std::uint32_t limit, Profiles& profiles,
                  vestitel::Emit& out);

}  // namespace pis_contacts
