#include "core/plugin/outside/reach.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/ascii.hpp"
#include "core/plugin/outside/references.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kPlain = "http://";

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

Reach::Reach(const std::vector<std::string>& grants, std::string_view settings_json) {
  for (const std::string& grant : grants)
    for (const std::string& resolved : with_settings(grant, settings_json)) add(resolved);
}

void Reach::add(std::string_view resolved) {
  Grant grant;
  if (resolved.starts_with(kPlain)) {
    grant.plain = true;
    resolved.remove_prefix(kPlain.size());
  }
  const std::size_t colon = resolved.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return;
  const auto port = port_of(resolved.substr(colon + 1));
  std::string_view host = resolved.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  grant.wildcard = host.starts_with("*.");
  if (grant.wildcard) host.remove_prefix(1);
  // A star alone would be everything, and a domain of one part all of a country.
  if (!port || host.find('*') != std::string_view::npos) return;
  if (grant.wildcard && std::count(host.begin(), host.end(), '.') < 2) return;
  grant.host = lower_ascii(host);
  grant.port = *port;
  grants_.push_back(std::move(grant));
}

const Reach::Grant* Reach::find(std::string_view host, std::uint16_t port, bool plain) const {
  std::string wanted = lower_ascii(host);
  if (wanted.starts_with('[') && wanted.ends_with(']')) wanted = wanted.substr(1, wanted.size() - 2);
  if (wanted.ends_with('.')) wanted.pop_back();
  const Grant* found = nullptr;
  for (const Grant& grant : grants_) {
    if (grant.port != port || (plain && !grant.plain)) continue;
    if (!grant.wildcard && grant.host == wanted) return &grant;
    if (grant.wildcard && wanted.size() > grant.host.size() && wanted.ends_with(grant.host)) found = &grant;
  }
  return found;
}

bool Reach::allows(std::string_view host, std::uint16_t port) const { return find(host, port, false) != nullptr; }
bool Reach::allows_plain(std::string_view host, std::uint16_t port) const { return find(host, port, true) != nullptr; }

bool Reach::only_by_wildcard(std::string_view host, std::uint16_t port) const {
  const Grant* grant = find(host, port, false);
  return grant != nullptr && grant->wildcard;
}

std::vector<std::string> Reach::words() const {
  std::vector<std::string> out;
  for (const Grant& g : grants_)
    out.push_back((g.plain ? std::string(kPlain) : "") + (g.wildcard ? "*" : "") + g.host + ':' +
                  std::to_string(g.port));
  return out;
}

}  // namespace vestitel
