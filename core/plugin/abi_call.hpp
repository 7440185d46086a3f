// Calling a plugin through the C ABI: nothing it throws comes further than here, and its return codes and error texts
// become errors of ours.
#pragma once
#include <cxxabi.h>
#include <vestitel/abi.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/result.hpp"

namespace vestitel {

// A vestitel_error as the ABI wants it: size set, the rest zero.
inline vestitel_error fresh_error() {
  vestitel_error error{};
  error.size = sizeof error;
  error.item = UINT64_MAX;
  return error;
}

// Borrowed; the text must outlive the use.
inline vestitel_str to_str(std::string_view text) { return {text.data(), text.size()}; }

// A text that a plugin gave, or nothing where it is malformed or longer than `max`.
std::string_view view(vestitel_str text, std::uint64_t max);

// Our failure for a negative rc.
Failure failure_of(vestitel_rc rc);
// The rc that tells a plugin of a failure of ours.
vestitel_rc rc_of(Failure failure);

// What the plugin said, made safe: "/key: message" where it named a key, or a sentence of ours where it said nothing.
Error error_of(vestitel_rc rc, const vestitel_error& error);

// Fills an error for the plugin (null allowed) and returns rc.
vestitel_rc fail(vestitel_error* error, vestitel_rc rc, std::string_view message);

// Our level for one of a plugin's; one that nobody knows counts as the next above it that is known.
log::Level level_of(std::int32_t level);

// The host as a plugin sees it, in either home: who it is, and the three functions that find their object in ctx.
// `instance` is borrowed.
vestitel_host host_table(void* ctx, std::string_view instance, decltype(vestitel_host::get_service) get_service,
                         decltype(vestitel_host::cancelled) cancelled, decltype(vestitel_host::now_us) now_us);

inline constexpr std::string_view kThrew = "the plugin threw an exception over the border";

// Runs a call into the plugin. What it throws becomes kInternal: with a shared C++ runtime it can be caught, with a
// private one the process ends, which is why a stranger's plugin belongs into a process of its own.
template <class Call>
auto guarded(Call&& call) -> Result<decltype(call())> {
  try {
    return std::forward<Call>(call)();
  } catch (const abi::__forced_unwind&) {
    throw;  // the thread is being cancelled: swallowing that would end the process
  } catch (...) {
    return {Failure::kInternal, std::string(kThrew)};
  }
}

// A call that returns an rc and fills an error.
template <class Call>
Result<vestitel_rc> call_plugin(Call&& call) {
  vestitel_error error = fresh_error();
  auto rc = guarded([&] { return call(&error); });
  if (!rc || *rc >= 0) return rc;
  return error_of(*rc, error);
}

// Runs a service for the plugin: nothing of ours is thrown into it.
template <class Serve>
vestitel_rc serve(vestitel_error* error, Serve&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(error, VESTITEL_E_NOMEM, "out of memory");
  } catch (...) {
    return fail(error, VESTITEL_E_INTERNAL, "the hub failed");
  }
}

}  // namespace vestitel
