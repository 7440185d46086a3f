#include "plugins/sinks/fcm/account.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vestitel/json.hpp>

#include "plugins/sinks/common/outbound_text.hpp"

namespace vestitel::fcm {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestFile = 16UL * 1024, kLongestWord = 256;
constexpr std::int64_t kHour = 3600;  // Google takes no longer one
constexpr std::string_view kScope = "https://www.googleapis.com/auth/firebase.messaging";

// The text of a member; empty where it is none.
std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

bool is_project(std::string_view id) {
  return sinks::is_visible_ascii(id, kLongestWord) && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("-.:_").find(c) != std::string_view::npos;
         });
}

std::optional<Account> parse_account(std::string_view json, std::string& problem) {
  const auto refused = [&](const char* why) {
    problem = std::string("the key file ") + why;
    return std::nullopt;
  };
  const Json file = Json::parse(json.substr(0, kLongestFile), nullptr, false);
  if (!file.is_object()) return refused("is not one JSON object");
  if (text_in(file, "type") != "service_account") return refused("is not of a service account");
  Account out;
  out.project = text_in(file, "project_id");
  out.key_id = text_in(file, "private_key_id");
  out.mail = text_in(file, "client_email");
  out.token_uri = text_in(file, "token_uri");
  if (!out.project.empty() && !is_project(out.project)) return refused("has a project_id that is none");
  if (!sinks::is_visible_ascii(out.key_id, kLongestWord)) return refused("has no private_key_id");
  if (!sinks::is_visible_ascii(out.mail, kLongestWord)) return refused("has no client_email");
  const auto address = sinks::parse_web_address(out.token_uri);
  if (!address || !sinks::is_private(*address)) return refused("has no https token_uri");
  out.token_host = *address;
  out.key = sinks::private_key_of_pem(text_in(file, "private_key"));
  if (!out.key || !sinks::is_rsa_key(*out.key)) return refused("has no RSA private_key of 2048 bits or more");
  return out;
}

std::string assertion_of(const Account& account, std::int64_t now_s) {
  return sinks::make_jwt(*account.key, account.key_id,
                         "{\"iss\":" + json_quote(account.mail) + ",\"scope\":" + json_quote(kScope) +
                             ",\"aud\":" + json_quote(account.token_uri) + ",\"iat\":" + std::to_string(now_s) +
                             ",\"exp\":" + std::to_string(now_s + kHour) + '}');
}

}  // namespace vestitel::fcm
