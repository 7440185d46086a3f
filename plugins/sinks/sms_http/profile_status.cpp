// The section `status`.
#include <algorithm>

#include "plugins/sinks/sms_http/profile_yaml.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::int64_t kLongestAbsence = 86'400;

// A status alone says nothing: a page of a proxy has one too.
void check_row(const YAML::Node& node, const Row& row) {
  const bool known = row.verdict == VESTITEL_DELIVERED || row.verdict == VESTITEL_RETRY ||
                     row.verdict == VESTITEL_PERMANENT || row.verdict == VESTITEL_UNKNOWN;
  if (!known) fail_at(node, "rows", "verdict delivered, retry (it is not there), permanent or unknown is expected");
  if (row.when.body.empty() && row.when.json.empty())
    fail_at(node, "rows", "body or json is expected: a status alone proves nothing");
}

}  // namespace

StatusShape read_status_shape(const YAML::Node& node, const Request& sending) {
  StatusShape out;
  out.given = true;
  YamlMap map(node, "status");
  out.request = read_asking(map.need("request"));
  if (!sending.uses(Variable::id, false)) fail_at(node, "status", "{id} is expected in the request of a message too");
  out.found = read_success(map.need("found"));
  const YAML::Node rows = map.take("rows");
  out.rows = read_rows(rows, "rows");
  for (const Row& row : out.rows) check_row(rows, row);
  out.absent_after = std::chrono::seconds(map.number("absent_after", 0, kLongestAbsence, 60));
  map.end();
  return out;
}

}  // namespace vestitel::sms_http
