// Errors of the C++ layer. Inside a plugin an error may be thrown as vestitel::Error or answered as a value; it
// leaves the plugin as a return code and a vestitel_error, through barrier.hpp alone. Texts name keys, elements and
// places; they never hold a value of a record, a secret or an address.
#pragma once
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "abi.h"
#include "utf8.hpp"

namespace vestitel {
inline namespace v1 {

// Borrowed text over the border; `text` must outlive its use.
inline vestitel_str to_str(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(vestitel_str text) {
  return text.n == 0 ? std::string_view() : std::string_view(text.p, static_cast<std::size_t>(text.n));
}

// What a plugin throws when a call cannot go on. `field_path` is a JSON pointer into the settings, for E_CONFIG.
class Error : public std::exception {
 public:
  explicit Error(vestitel_rc rc, std::string message, std::string field_path = {})
      : rc_(rc), message_(std::move(message)), field_path_(std::move(field_path)) {}

  static Error config(std::string field_path, std::string message) {
    return Error(VESTITEL_E_CONFIG, std::move(message), std::move(field_path));
  }
  static Error auth(std::string message) { return Error(VESTITEL_E_AUTH, std::move(message)); }
  // The whole document is refused.
  static Error data(std::string message) { return Error(VESTITEL_E_DATA, std::move(message)); }
  // after_ms 0: the hub decides how long to wait.
  static Error retry(std::string message, std::int64_t after_ms = 0) {
    Error error(VESTITEL_E_RETRY, std::move(message));
    error.retry_after_ms_ = after_ms;
    return error;
  }

  vestitel_rc rc() const noexcept { return rc_; }
  std::int64_t retry_after_ms() const noexcept { return retry_after_ms_; }
  const std::string& field_path() const noexcept { return field_path_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  vestitel_rc rc_;
  std::int64_t retry_after_ms_ = 0;
  std::string message_, field_path_;
};

// Fills `error` (null allowed) and returns rc, so that a thunk can `return fail(...)`. Long texts are cut at a
// character boundary.
inline vestitel_rc fail(vestitel_error* error, vestitel_rc rc, std::string_view message,
                        std::string_view field_path = {}, std::int64_t retry_after_ms = 0) noexcept {
  if (error == nullptr || !VESTITEL_HAS(error, message)) return rc;
  error->rc = rc;
  error->retry_after_ms = retry_after_ms;
  error->item = UINT64_MAX;
  error->field_path_len = copy_cut(error->field_path, sizeof error->field_path, field_path);
  error->message_len = copy_cut(error->message, sizeof error->message, message);
  return rc;
}

}  // namespace v1
}  // namespace vestitel
