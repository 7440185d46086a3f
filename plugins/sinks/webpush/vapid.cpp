#include "plugins/sinks/webpush/vapid.hpp"

#include <algorithm>
#include <vestitel/json.hpp>

#include "plugins/sinks/common/base64url.hpp"
#include "plugins/sinks/webpush/subscription.hpp"

namespace vestitel::webpush {
namespace {

constexpr std::string_view kMail = "mailto:";

bool is_local_part(std::string_view local) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
  return !local.empty() && local.size() <= 64 && std::all_of(local.begin(), local.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

bool is_contact(std::string_view sub) {
  if (sub.substr(0, kMail.size()) != kMail) {
    const std::string url(sub);
    return parse_endpoint(url) || parse_endpoint(url + '/');
  }
  sub.remove_prefix(kMail.size());
  const std::size_t at = sub.find('@');
  if (at == std::string_view::npos || !is_local_part(sub.substr(0, at))) return false;
  const std::string domain(sub.substr(at + 1));
  return domain.find_first_of("/:") == std::string::npos && parse_endpoint("https://" + domain + '/');
}

std::string make_token(evp_pkey_st& key, std::string_view origin, std::string_view sub, std::int64_t expires_s) {
  return sinks::make_jwt(
      key, {},
      "{\"aud\":" + json_quote(origin) + ",\"exp\":" + std::to_string(expires_s) + ",\"sub\":" + json_quote(sub) + '}');
}

Identity::Identity(Key key, std::string sub)
    : key_(std::move(key)), sub_(std::move(sub)), public_key_(sinks::to_base64url(point_of(*key_))) {}

std::string Identity::authorization(const std::string& origin, std::int64_t now_us) {
  return tokens_.get(origin, now_us, [&]() -> std::optional<sinks::FreshToken> {
    const std::string token = make_token(*key_, origin, sub_, now_us / 1'000'000 + kLife);
    if (token.empty()) return std::nullopt;
    return sinks::FreshToken{"vapid t=" + token + ", k=" + public_key_, std::chrono::seconds(kLife - kRenewal),
                             std::chrono::seconds(kLife)};
  });
}

}  // namespace vestitel::webpush
