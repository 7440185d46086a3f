// A built feed in a fake host, whose service gives the answers that a test has made up.
#pragma once
#include <catch2/catch.hpp>

#include <string>
#include <vector>
#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>

namespace vestitel::testing {

// Started; the service gives these answers one after the other, and then none.
struct PagedRig {
  FakeHost host;
  std::vector<FakeAnswer> left;

  PagedRig(const std::string& library, const std::string& settings, const std::vector<FakeAnswer>& answers)
      : host(load(library)), left(answers) {
    const Outcome begun = host.begin(settings);
    CAPTURE(begun.message);
    REQUIRE(begun.ok());
    host.http = [this](const FakeRequest&) { return next(); };
  }

 private:
  FakeAnswer next() {
    FakeAnswer answer;
    if (left.empty()) {
      answer.rc = VESTITEL_E_RETRY;
      answer.status = 0;
      answer.reason = "nobody answers";
    } else {
      answer = left.front();
      left.erase(left.begin());
    }
    return answer;
  }
};

inline FakeAnswer page(const std::string& body) {
  FakeAnswer answer;
  answer.body = body;
  return answer;
}
// What it says beside its number is nobody's business.
inline FakeAnswer status(std::uint32_t code, std::int64_t retry_after_ms = -1) {
  FakeAnswer answer;
  answer.status = code;
  answer.body = "<html>6223041217</html>";
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

// "rc field: message" of a poll that fails and keeps nothing.
inline std::string failure_of(PagedRig& rig, const std::string& cursor) {
  const Parsed polled = rig.host.poll(cursor);
  CHECK(polled.cursors == std::vector<std::string>{});
  CHECK(polled.message.find("6223041217") == std::string::npos);
  return std::to_string(polled.rc) + " " + polled.field_path + ": " + polled.message;
}
inline std::string code(vestitel_rc rc, const std::string& field = "") {
  return std::to_string(rc) + " " + field + ": ";
}

}  // namespace vestitel::testing
