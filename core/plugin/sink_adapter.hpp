// Sink over the C ABI.
#pragma once
#include <vestitel/abi.h>

#include <memory>

#include "core/plugin/work_gate.hpp"
#include "core/ports/sink.hpp"

namespace vestitel {

// Borrows core and the tables, which outlive it. receipts, ask: null where it has not that ability.
std::unique_ptr<Sink> make_sink(InProcessCore& core, const vestitel_deliver_v1& table, bool idempotent,
                                const vestitel_receipts_v1* receipts, const vestitel_ask_v1* ask);

}  // namespace vestitel
