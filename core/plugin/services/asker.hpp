// How a plugin's request for one of the services of vestitel/abi_services.h travels: encoded the same way in both
// homes, so that there is one place that reads the plugin's arguments (tables.cpp) and one that serves them
// (lent_services.cpp), with a function call or a socket in between.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/owned_fd.hpp"
#include "core/plugin/wire/messages.hpp"

namespace vestitel {

// What came back.
struct Asked {
  std::int32_t rc = 0;
  std::int64_t retry_after_ms = 0;
  std::string field_path, message;
  std::string data;    // its form is that of the request's type, see requests.hpp
  OwnedFd descriptor;  // kConnect
};
// The same as it travels, and as a vestitel_error is filled from it. Borrows from `asked`.
wire::Outcome outcome_of(const Asked& asked);

// The host object of an instance: vestitel_host::ctx points to it.
class Asker {
 public:
  virtual ~Asker() = default;
  // Waits for the answer. Thread: any, as of all here.
  virtual Asked ask(wire::Type type, std::string_view payload) = 0;
  virtual void tell(wire::Type type, std::string_view payload) = 0;  // there is no answer
  // kHttp: `answered` is called in this thread with each encoded answer, before this returns.
  virtual Asked ask_http(std::string_view payload, const std::function<void(std::string_view)>& answered) = 0;
  [[nodiscard]] virtual std::int64_t monotonic_us() const = 0;
  // False: cancelled before that time came.
  virtual bool sleep_until(std::int64_t monotonic_us) = 0;
  [[nodiscard]] virtual std::uint32_t granted() const = 0;  // bits of wire::Service
};

}  // namespace vestitel
