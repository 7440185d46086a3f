// What the operating system says about an errno, in words; safe from any thread, unlike strerror().
#pragma once
#include <cerrno>
#include <string>
#include <system_error>

namespace vestitel {

inline std::string os_error(int code = errno) { return std::generic_category().message(code); }

}  // namespace vestitel
