// What the rigs of sinks over HTTP share.
#pragma once
#include <string>
#include <vestitel/testing/fake_host.hpp>

namespace vestitel::testing {

// No answer came. `sent`: the request may have reached the peer.
inline FakeAnswer none(vestitel_rc rc, bool sent, const std::string& reason) {
  FakeAnswer answer;
  answer.rc = rc;
  answer.status = 0;
  answer.sent = sent;
  answer.reason = reason;
  return answer;
}

}  // namespace vestitel::testing
