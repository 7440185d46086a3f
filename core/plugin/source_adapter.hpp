// Reader and feed over the C ABI.
#pragma once
#include <vestitel/abi.h>

#include <memory>

#include "core/plugin/work_gate.hpp"
#include "core/ports/source.hpp"

namespace vestitel {

// Both borrow core and table, which outlive them.
std::unique_ptr<Reader> make_reader(InProcessCore& core, const vestitel_parse_v1& table);
std::unique_ptr<Feed> make_feed(InProcessCore& core, const vestitel_poll_v1& table);

}  // namespace vestitel
