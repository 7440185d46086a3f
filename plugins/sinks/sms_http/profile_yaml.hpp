// The sections of a profile, each read for itself.
#pragma once
#include "plugins/sinks/sms_http/profile.hpp"
#include "plugins/sinks/sms_http/yaml_map.hpp"

namespace vestitel::sms_http {

Request read_request(const YAML::Node& node);
Request read_asking(const YAML::Node& node);
// `sending`: what it asks about.
StatusShape read_status_shape(const YAML::Node& node, const Request& sending);
Success read_success(const YAML::Node& node);
std::vector<Row> read_rows(const YAML::Node& node, const std::string& name);
ReceiptShape read_receipt_shape(const YAML::Node& node);
std::vector<Test> read_tests(const YAML::Node& node, bool has_receipts, bool has_status);

// "messages.0.id"
JsonPath json_path(const YAML::Node& node, std::string_view key);

}  // namespace vestitel::sms_http
