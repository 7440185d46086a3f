// The exception barrier: the one file where what a plugin throws becomes a return code. Every C entry of a plugin
// runs inside barrier().
#pragma once
#include <cxxabi.h>

#include <cstdlib>
#include <new>
#include <string>
#include <typeinfo>

#include "error.hpp"

namespace vestitel {
inline namespace v1 {
namespace detail {

// Only the type is told: the text of a foreign exception may quote the record it choked on.
inline std::string unexpected(const std::exception& thrown) {
  int status = 0;
  char* name = abi::__cxa_demangle(typeid(thrown).name(), nullptr, nullptr, &status);
  std::string text = "the plugin threw ";
  text += status == 0 && name != nullptr ? name : "an exception";
  std::free(name);
  return text;
}

}  // namespace detail

// Runs `body`, which returns a vestitel_rc. Whatever it throws ends here: an Error keeps its code, message and
// field path; anything else is E_NOMEM or E_INTERNAL.
template <class Body>
vestitel_rc barrier(vestitel_error* error, Body&& body) noexcept {
  try {
    return body();
  } catch (const Error& thrown) {
    return fail(error, thrown.rc(), thrown.what(), thrown.field_path(), thrown.retry_after_ms());
  } catch (const std::bad_alloc&) {
    return fail(error, VESTITEL_E_NOMEM, "out of memory");
  } catch (const std::exception& thrown) {
    try {
      return fail(error, VESTITEL_E_INTERNAL, detail::unexpected(thrown));
    } catch (...) {
      return fail(error, VESTITEL_E_INTERNAL, "the plugin threw an exception");
    }
  } catch (...) {
    return fail(error, VESTITEL_E_INTERNAL, "the plugin threw something that is no exception");
  }
}

}  // namespace v1
}  // namespace vestitel
