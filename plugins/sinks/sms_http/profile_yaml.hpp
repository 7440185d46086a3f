// The sections of a profile, each read for itself.
#pragma once
#include "plugins/sinks/sms_http/profile.hpp"
#include "plugins/sinks/sms_http/yaml_map.hpp"

namespace vestitel::sms_http {

Request read_request(const YAML::Node& node);
Success read_success(const YAML::Node& node);
std::vector<Row> read_rows(const YAML::Node& node);
ReceiptShape read_receipt_shape(const YAML::Node& node);
std::vector<Test> read_tests(const YAML::Node& node, bool has_receipts);

// "messages.0.id"
JsonPath json_path(const YAML::Node& node, std::string_view key);

}  // namespace vestitel::sms_http
