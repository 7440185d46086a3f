#include "plugins/sinks/common/token_shelf.hpp"

namespace vestitel::sinks {
namespace {

constexpr std::chrono::seconds kPause{30};

std::int64_t us(std::chrono::seconds time) { return std::chrono::microseconds(time).count(); }

}  // namespace

std::string TokenShelf::get(const std::string& name, std::int64_t now_us, const Make& make) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(name);
  const bool lives = found != kept_.end() && now_us >= found->second.made_us && now_us < found->second.end_us;
  if (lives && now_us < found->second.renew_us) return found->second.text;
  const std::optional<FreshToken> fresh = make();
  if (!fresh) {
    if (!lives) return {};
    found->second.renew_us = now_us + us(kPause);
    return found->second.text;
  }
  if (kept_.size() >= kMost) kept_.clear();
  kept_[name] = {fresh->text, now_us, now_us + us(fresh->renew_after), now_us + us(fresh->life)};
  return fresh->text;
}

void TokenShelf::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  kept_.erase(name);
}

}  // namespace vestitel::sinks
