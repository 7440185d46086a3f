// What a running work call has come to: the first failure stands, and everything later in the call sees it.
#pragma once
#include "host.hpp"

namespace vestitel {
inline namespace v1 {

// Shared by the Input and the Emit of one call. [work]
class Call {
 public:
  Call(const Host& host, vestitel_error* error) : host_(host), error_(error) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Host& host() const { return host_; }
  vestitel_rc rc() const { return rc_; }
  bool failed() const { return rc_ < 0; }

  // The host's own struct, for calls that fill it themselves.
  vestitel_error* error() { return error_; }

  // Records a failure whose text the host has already filled in. An earlier failure stands.
  void fail_with(vestitel_rc rc) {
    if (rc < 0 && rc_ >= 0) rc_ = rc;
  }
  // Records a failure of ours.
  void fail_with(vestitel_rc rc, std::string_view message) {
    if (rc_ < 0) return;
    rc_ = fail(error_, rc, message);
  }
  // True, once and for all, when the call shall end.
  bool check_cancelled() {
    if (!failed() && host_.cancelled()) fail_with(VESTITEL_E_CANCELLED, "cancelled");
    return failed();
  }

 private:
  const Host& host_;
  vestitel_error* error_;
  vestitel_rc rc_ = VESTITEL_OK;
};

}  // namespace v1
}  // namespace vestitel
