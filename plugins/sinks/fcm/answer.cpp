#include "plugins/sinks/fcm/answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::fcm {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestName = 256;  // of the ABI
constexpr std::string_view kFcmError = "google.firebase.fcm.v1.FcmError", kBadRequest = "google.rpc.BadRequest",
                           kQuota = "google.rpc.QuotaFailure";
// Other words are not repeated: nobody knows what they hold.
constexpr std::string_view kCodes[] = {
    "INVALID_ARGUMENT", "UNREGISTERED",      "SENDER_ID_MISMATCH", "QUOTA_EXCEEDED",     "UNAVAILABLE",
    "INTERNAL",         "UNSPECIFIED_ERROR", "NOT_FOUND",          "PERMISSION_DENIED",  "THIRD_PARTY_AUTH_ERROR",
    "UNAUTHENTICATED",  "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION"};

const Json& member(const Json& object, const char* name) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

std::string text_in(const Json& object, const char* name) {
  const Json& found = member(object, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

bool holds(const std::string& text, std::string_view word) { return text.find(word) != std::string::npos; }

std::string known(const std::string& code) {
  return std::find(std::begin(kCodes), std::end(kCodes), code) == std::end(kCodes) ? std::string() : code;
}

bool is_of_type(const Json& detail, std::string_view type) {
  const std::string text = text_in(detail, "@type");
  return text.size() >= type.size() && text.compare(text.size() - type.size(), type.size(), type) == 0;
}

// A name such as message.android.ttl: letters and dots alone, and no more of them than a token has.
bool is_field_name(const std::string& field) {
  return field.rfind("message.", 0) == 0 && field.size() <= 48 &&
         std::all_of(field.begin(), field.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '.' || c == '_'; });
}

void read_violations(const Json& detail, Said& said) {
  for (const Json& violation : member(detail, "fieldViolations")) {
    const std::string field = text_in(violation, "field");
    if (field == "message.token") {
      said.blames_token = true;
    } else {
      said.blames_other = true;
      if (said.field.empty() && is_field_name(field)) said.field = field;
    }
  }
}

void read_quota(const Json& detail, Said& said) {
  for (const Json& violation : member(detail, "violations"))
    for (const char* where : {"subject", "description", "quotaId", "quotaMetric"})
      said.of_device = said.of_device || holds(lower(text_in(violation, where)), "device");
}

}  // namespace

Said parse_answer(std::string_view body) {
  Said said;
  const Json json = Json::parse(body, nullptr, false);
  if (const std::string name = text_in(json, "name"); sinks::is_visible_ascii(name, kLongestName)) said.name = name;
  const Json& error = member(json, "error");
  if (!error.is_object()) return said;
  said.error = true;
  said.code = known(text_in(error, "status"));
  const std::string message = lower(text_in(error, "message"));
  said.names_token =
      holds(message, "registration token") && (holds(message, "not a valid") || holds(message, "invalid"));
  for (const Json& detail : member(error, "details")) {
    if (is_of_type(detail, kFcmError)) {
      said.has_code = true;
      said.code = known(text_in(detail, "errorCode"));
    } else if (is_of_type(detail, kBadRequest)) {
      read_violations(detail, said);
    } else if (is_of_type(detail, kQuota)) {
      read_quota(detail, said);
    }
  }
  return said;
}

}  // namespace vestitel::fcm
