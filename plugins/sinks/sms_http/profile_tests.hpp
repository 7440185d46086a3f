// A profile's own tests: what answers and receipts have to come to.
#pragma once
#include <vector>

#include "plugins/sinks/sms_http/profile.hpp"

namespace vestitel::sms_http {

// Throws Error E_CONFIG "/profile" with the line of the first test whose outcome is another, and both.
void run_tests(const Profile& profile, const std::vector<std::string>& dead_errors);

// "accepted(own)", "retry(sink,2000)", "permanent"
std::string shown(const Verdict& verdict);

}  // namespace vestitel::sms_http
