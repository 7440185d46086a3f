// The host as a plugin sees it: clock, cancellation, log, secrets. Everything here is [any] and may be called from
// configure until stop returns; nothing of it in a static initializer.
#pragma once
#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "error.hpp"

namespace vestitel {
inline namespace v1 {

class Host {
 public:
  // Borrows both; the instance that owns this outlives neither.
  Host(const vestitel_host* host, const std::atomic<bool>* stopping) : host_(host), stopping_(stopping) {}

  // Microseconds since 1970, UTC, by the host's clock; a fake one in tests. Never ask the system's clock instead.
  std::int64_t now_us() const { return host_->now_us(host_); }

  // True once the call that runs should return: the host cancels, or the instance is being stopped.
  bool cancelled() const { return stopping_->load(std::memory_order_relaxed) || host_->cancelled(host_) != 0; }

  // The configured name of this instance, for instance "smtp-main".
  std::string_view instance_id() const { return view(host_->instance_id); }

  // Null when the service is absent or not granted; the table lives as long as the host.
  template <class Service>
  const Service* service(const char* id) const {
    const auto* table = static_cast<const Service*>(host_->get_service(host_, id));
    return table != nullptr && table->size >= sizeof(std::uint32_t) ? table : nullptr;
  }

  // One structured line. `message` is a fixed text; what varies goes into pairs. No personal value in either.
  using Pair = std::pair<std::string_view, std::string_view>;
  void log(std::int32_t level, std::string_view message, std::initializer_list<Pair> pairs = {}) const {
    const auto* log = service<vestitel_log_v1>("vestitel.log/1");
    if (log == nullptr || log->enabled(host_, level) == 0) return;
    vestitel_kv kv[kMaxPairs];
    std::uint32_t n = 0;
    for (const Pair& pair : pairs) {
      if (n == kMaxPairs) break;
      kv[n++] = {to_str(pair.first), to_str(pair.second)};
    }
    log->write(host_, level, to_str(message), kv, n);
  }

  // Calls use(std::string_view) with the secret's bytes, which are gone when it returns. False: it is not set.
  // Throws Error when the service is withheld or fails.
  template <class Use>
  bool with_secret(std::string_view field, Use&& use) const {
    const auto* secrets = service<vestitel_secret_v1>("vestitel.secret/1");
    if (secrets == nullptr) throw Error(VESTITEL_E_DENIED, "service vestitel.secret/1 is not granted");
    struct Arg {
      Use* use;
    } arg{&use};
    vestitel_error error{};
    error.size = sizeof error;
    const auto forward = [](void* a, vestitel_str bytes) { (*static_cast<Arg*>(a)->use)(view(bytes)); };
    const vestitel_rc rc = secrets->read(host_, to_str(field), forward, &arg, &error);
    if (rc < 0) throw Error(rc, "reading secret " + std::string(field));
    return rc != VESTITEL_NOT_FOUND;
  }

  // A copy of the secret, empty when it is not set. For libraries that keep it anyway; prefer with_secret.
  std::string secret(std::string_view field) const {
    std::string value;
    with_secret(field, [&](std::string_view bytes) { value = bytes; });
    return value;
  }

  const vestitel_host* abi() const { return host_; }

 private:
  static constexpr std::uint32_t kMaxPairs = 16;
  const vestitel_host* host_;
  const std::atomic<bool>* stopping_;
};

}  // namespace v1
}  // namespace vestitel
