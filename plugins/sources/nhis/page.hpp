// A page of the service: a bundle whose root says how it goes on.
#pragma once
#include <cstdint>
#include <string_view>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/page_service.hpp"
#include "slip.hpp"

namespace nhis {

// Emits what the messages of the page tell, within a call of its own. Throws Error::data when it is no whole page, or
// holds more than `limit` messages and results, unless they tell of one record alone.
sources::PageEnd read_page(std::string_view body, std::uint32_t limit, const Settings& settings,
                           const vestitel::Host& host);

}  // namespace nhis
