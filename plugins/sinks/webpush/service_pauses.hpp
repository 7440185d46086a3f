// Which push services are left alone for now: one that is down or asks to wait holds up its own subscriptions, and the
// others go on. [one thread]
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vestitel/sink.hpp>

namespace vestitel::webpush {

class ServicePauses {
 public:
  static constexpr std::size_t kMost = 256;  // services that are remembered

  // How long the service is still left alone; 0: it may be asked.
  [[nodiscard]] std::chrono::milliseconds left(const std::string& origin, std::int64_t now_us) const {
    const auto found = pauses_.find(origin);
    if (found == pauses_.end() || found->second.until_us <= now_us) return {};
    return std::chrono::milliseconds((found->second.until_us - now_us + 999) / 1000);
  }

  void worked(const std::string& origin) { met(origin) = {}; }

  // `stated`: how long it asks to wait; 0: it does not say. What fails together counts once.
  void failed(const std::string& origin, std::chrono::milliseconds stated, std::int64_t now_us) {
    Pause& pause = met(origin);
    if (pause.until_us <= now_us) {
      const auto wait = std::min(kLongest, kFirst * (1 << std::min(pause.in_a_row, 16)));
      ++pause.in_a_row;
      pause.until_us = now_us + us(wait);
    }
    pause.until_us = std::max(pause.until_us, now_us + us(stated));
  }

  // For a message of a service that is left alone. Where all that were met are, the whole sink waits, as long as is
  // stated or the host finds right; else that message does, until its service is asked again.
  [[nodiscard]] Verdict retry(const std::string& origin, std::string why, std::chrono::milliseconds stated,
                              std::int64_t now_us) const {
    const bool all =
        std::all_of(pauses_.begin(), pauses_.end(), [&](const auto& one) { return one.second.until_us > now_us; });
    if (all) return Verdict::retry(std::move(why), Scope::link, stated);
    return Verdict::retry(std::move(why), Scope::message, left(origin, now_us));
  }

 private:
  static constexpr std::chrono::milliseconds kFirst{1'000}, kLongest{300'000};
  struct Pause {
    std::int64_t until_us = 0;
    int in_a_row = 0;
  };
  static std::int64_t us(std::chrono::milliseconds wait) { return wait.count() * 1'000; }
  Pause& met(const std::string& origin) {
    if (pauses_.size() >= kMost && !pauses_.contains(origin))
      std::erase_if(pauses_, [](const auto& one) { return one.second.until_us == 0; });
    if (pauses_.size() >= 2 * kMost && !pauses_.contains(origin)) pauses_.clear();
    return pauses_[origin];
  }

  std::map<std::string, Pause> pauses_;
};

}  // namespace vestitel::webpush
