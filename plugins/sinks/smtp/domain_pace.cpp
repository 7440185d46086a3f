#include "plugins/sinks/smtp/domain_pace.hpp"

#include <algorithm>
#include <charconv>

namespace vestitel::smtp {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::uint32_t kMostPerUnit = 1'000'000;
constexpr std::string_view kOthers = "*";  // no domain has that name

}  // namespace

std::optional<std::int64_t> interval_of_rate(std::string_view rate) {
  const std::size_t slash = rate.find('/');
  if (slash == std::string_view::npos || slash + 2 != rate.size()) return std::nullopt;
  std::uint32_t count = 0;
  const auto [end, failure] = std::from_chars(rate.data(), rate.data() + slash, count);
  if (failure != std::errc() || end != rate.data() + slash || count == 0 || count > kMostPerUnit) return std::nullopt;
  const auto share = [&](std::int64_t seconds) { return (seconds * kSecond + count - 1) / count; };
  switch (rate.back()) {
    case 's': return share(1);
    case 'm': return share(60);
    case 'h': return share(3600);
    default: return std::nullopt;
  }
}

void DomainPace::forget_idle(std::int64_t now) {
  if (now < forget_at_) return;
  forget_at_ = now + kSecond;  // a flood of names does not make every mail look through all of them
  std::erase_if(domains_, [&](const auto& one) {
    return one.second.under_way == 0 && one.second.next_start <= now && one.second.queue_end <= now;
  });
}

DomainPace::Domains::value_type& DomainPace::entry(std::string_view domain, std::int64_t now) {
  if (const auto found = domains_.find(std::string(domain)); found != domains_.end()) return *found;
  if (domains_.size() >= kMaxDomains) forget_idle(now);
  return *domains_.try_emplace(std::string(domains_.size() >= kMaxDomains ? kOthers : domain)).first;
}

std::int64_t DomainPace::turn(std::string_view domain, std::int64_t now) {
  if (!limits_.any() || domain.empty()) return now;
  const State& state = entry(domain, now).second;
  if (limits_.at_once != 0 && state.under_way >= limits_.at_once) return kWhenOneEnds;
  return std::max(now, state.next_start);
}

std::string DomainPace::began(std::string_view domain, std::int64_t now) {
  if (!limits_.any() || domain.empty()) return {};
  auto& [name, state] = entry(domain, now);
  ++state.under_way;
  state.next_start = std::max(state.next_start, now) + limits_.interval_us;
  return name;
}

void DomainPace::ended(const std::string& name) {
  const auto found = domains_.find(name);
  if (found != domains_.end() && found->second.under_way > 0) --found->second.under_way;
}

std::int64_t DomainPace::postpone(std::string_view domain, std::int64_t now) {
  State& state = entry(domain, now).second;
  const std::int64_t share = limits_.at_once == 0 ? 1 : kSecond / limits_.at_once;  // as if a mail took a second
  const std::int64_t at = std::min(
      std::max({state.queue_end, state.next_start, now + std::max<std::int64_t>(share, 1)}), now + kLongestWait);
  state.queue_end = std::min(at + std::max(limits_.interval_us, share), now + kLongestWait);
  return at - now;
}

}  // namespace vestitel::smtp
