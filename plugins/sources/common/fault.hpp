// Why a record cannot be an event.
#pragma once
#include <string>
#include <string_view>

#include <vestitel/plugin.hpp>

namespace sources {

// Element and reason without any value, and the place of the element. No reason: no fault.
struct Fault {
  std::string_view element;
  std::string reason;
  vestitel_place place{};
  explicit operator bool() const { return !reason.empty(); }
};

}  // namespace sources
