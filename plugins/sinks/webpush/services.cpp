#include "plugins/sinks/webpush/services.hpp"

namespace vestitel::webpush {
namespace {

bool is_below(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() && host.substr(host.size() - domain.size()) == domain;
}

bool is_wide(std::string_view service) { return service[0] == '*'; }

}  // namespace

std::optional<Services> Services::create(std::string_view own) {
  Services out;
  if (own.empty()) return out;
  std::string url(own);
  if (url.back() != '/') url += '/';
  out.own_ = parse_endpoint(url);
  if (!out.own_ || out.own_->path != "/") return std::nullopt;
  return out;
}

bool Services::allow(const Endpoint& endpoint) const {
  if (own_ && endpoint.origin == own_->origin) return true;
  if (endpoint.port != 443) return false;
  for (const std::string_view service : kBrowserServices) {
    if (is_wide(service) ? is_below(endpoint.host, service.substr(1)) : endpoint.host == service) return true;
  }
  return false;
}

std::vector<std::string> Services::origins() const {
  std::vector<std::string> out;
  for (const std::string_view service : kBrowserServices)
    if (!is_wide(service)) out.push_back("https://" + std::string(service));
  if (own_) out.push_back(own_->origin);
  return out;
}

}  // namespace vestitel::webpush
