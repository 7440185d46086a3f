#include "core/api/provider_call.hpp"

#include <algorithm>

#include "core/api/inbox_auth.hpp"

namespace vestitel {
namespace {

bool credential(std::string_view name) {
  return name == "authorization" || name == "proxy-authorization" || name == "cookie";
}

}  // namespace

std::variant<const ProviderEntry*, Problem> admit_provider(const ProviderEntries& entries, const InboxRoute& route,
                                                           const HttpHead& head, const std::string& address) {
  const std::string_view secret = route.id.empty() ? bearer_of(head).value_or("") : std::string_view(route.id);
  const auto entry = entries.find(route.instance);
  if (entry == entries.end() || secret.empty()) return Problem::kBadCredential;
  // Digests are compared: how long it takes tells nothing of the secret.
  if (digest_of_secret(secret) != entry->second.key) return Problem::kBadCredential;
  const auto& from = entry->second.from;
  const bool near = std::any_of(from.begin(), from.end(), [&](const auto& range) { return range.contains(address); });
  if (!from.empty() && !near) return Problem::kNotFromThere;
  return &entry->second;
}

std::string call_head(const HttpHead& head, std::string_view query) {
  std::string lines = ":method: " + head.method + "\n:query: " + std::string(query) + '\n';
  for (const auto& [name, value] : head.fields)
    if (!credential(name)) lines.append(name).append(": ").append(value) += '\n';
  return lines;
}

Problem problem_of_call(Failure failure) {
  if (failure == Failure::kInvalid) return Problem::kNotAReceipt;
  return failure == Failure::kConfig ? Problem::kForgedReceipt : Problem::kNotNow;
}

}  // namespace vestitel
