// Sink over the C ABI.
#pragma once
#include <vestitel/abi.h>

#include <memory>

#include "core/plugin/work_gate.hpp"
#include "core/ports/sink.hpp"

namespace vestitel {

// Borrows core and table, which outlive it. Every message of a deliver() is settled exactly once, whatever the plugin
// does: a second verdict is dropped, a missing one becomes unknown (begun) or retry (never begun), and a verdict that
// does not exist becomes permanent.
std::unique_ptr<Sink> make_sink(InProcessCore& core, const vestitel_deliver_v1& table, bool idempotent);

// The plugin's verdict as ours.
Verdict verdict_of(const vestitel_verdict& verdict);

}  // namespace vestitel
