// Providers at /receipts/INSTANCE: who may call for which sink, and what of the request goes to it. Pure but for the
// entry's taker.
//
// The secret comes as Authorization: Bearer, or, for providers that can do no more than call a URL, as the last part of
// the path. It never goes further than here.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/api/inbox_request.hpp"
#include "core/base/crypto.hpp"
#include "core/base/network_range.hpp"
#include "core/ports/provider_calls.hpp"

namespace vestitel {

inline constexpr std::size_t kMostCallBody = 64UL * 1024;

// One sink that may be called for.
struct ProviderEntry {
  Digest key{};                    // SHA-256 of the secret
  std::vector<NetworkRange> from;  // whence calls may come; empty: from anywhere
  std::string answer;              // body of the acknowledgement
  ProviderCallTaker* taker = nullptr;
};
using ProviderEntries = std::map<std::string, ProviderEntry>;  // by instance

// Whose call it is. A sink that nobody may call for is no other answer than a wrong secret.
std::variant<const ProviderEntry*, Problem> admit_provider(const ProviderEntries& entries, const InboxRoute& route,
                                                           const HttpHead& head, const std::string& address);

// The head of a ProviderCall: ":method", ":query", and the fields but for credentials.
std::string call_head(const HttpHead& head, std::string_view query);

Problem problem_of_call(Failure failure);

}  // namespace vestitel
