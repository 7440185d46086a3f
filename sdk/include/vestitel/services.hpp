// The host's services beyond those of a plugin's kind, as plugin.json asks for them. Everything is [any]; what fails
// throws Error, also where a service was not granted: E_DENIED, with its id. http.hpp has HTTP.
//
//   vestitel::Kv kept(host);                       // feeds and sinks, "kv_bytes": N
//   if (const auto token = kept.get("token")) ...
//   const auto sent = vestitel::Metric::counter(host, "sent", "Messages that left.", {{"link", "a"}});
//   sent.add(12);
#pragma once
#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "abi_services.h"
#include "host.hpp"

namespace vestitel {
inline namespace v1 {

// The table of a service. E_DENIED: it is absent or not granted.
template <class Service>
const Service& granted_service(const Host& host, const char* id) {
  const auto* table = host.service<Service>(id);
  if (table == nullptr || table->size < sizeof(Service))
    throw Error(VESTITEL_E_DENIED, std::string("service ") + id + " is not granted");
  return *table;
}

namespace detail {

// Runs a call of a service; a negative rc is thrown with what the host said.
template <class Ask>
vestitel_rc asked(Ask&& ask) {
  vestitel_error error{};
  error.size = sizeof error;
  const vestitel_rc rc = ask(&error);
  if (rc >= 0) return rc;
  if (rc == VESTITEL_E_RETRY || rc == VESTITEL_E_RATE)
    throw Error::retry(std::string(error.message, error.message_len), error.retry_after_ms);
  throw Error(rc, std::string(error.message, error.message_len), std::string(error.field_path, error.field_path_len));
}

}  // namespace detail

// The value at a JSON pointer of the settings as JSON text ("" is all); nothing: no such key.
inline std::optional<std::string> config_json(const Host& host, std::string_view pointer) {
  const auto& config = granted_service<vestitel_config_v1>(host, "vestitel.config/1");
  std::optional<std::string> out;
  const auto use = [](void* arg, vestitel_str json) {
    static_cast<std::optional<std::string>*>(arg)->emplace(view(json));
  };
  detail::asked([&](vestitel_error* e) { return config.get(host.abi(), to_str(pointer), use, &out, e); });
  return out;
}

// Sleeps that long, or until the host cancels: false.
inline bool sleep_for(const Host& host, std::chrono::microseconds time) {
  const auto& clock = granted_service<vestitel_clock_v1>(host, "vestitel.clock/1");
  vestitel_error error{};
  error.size = sizeof error;
  return clock.sleep_until(host.abi(), clock.monotonic_us(host.abi()) + time.count(), &error) == VESTITEL_OK;
}

// What the instance keeps between its calls. In a poll changes belong to the unit: they become durable with its commit.
class Kv {
 public:
  explicit Kv(const Host& host) : host_(host), table_(granted_service<vestitel_kv_v1>(host, "vestitel.kv/1")) {}

  struct Entry {
    std::string value;
    std::uint64_t revision = 0;
  };
  std::optional<Entry> entry(std::string_view key) const {
    std::optional<Entry> out;
    const auto use = [](void* arg, vestitel_str value, std::uint64_t revision) {
      static_cast<std::optional<Entry>*>(arg)->emplace(Entry{std::string(view(value)), revision});
    };
    detail::asked([&](vestitel_error* e) { return table_.get(host_.abi(), to_str(key), use, &out, e); });
    return out;
  }
  std::optional<std::string> get(std::string_view key) const {
    auto found = entry(key);
    if (!found) return std::nullopt;
    return std::move(found->value);
  }
  void put(std::string_view key, std::string_view value) const {
    detail::asked([&](vestitel_error* e) { return table_.put(host_.abi(), to_str(key), to_str(value), e); });
  }
  // False: it was not there.
  bool remove(std::string_view key) const {
    return detail::asked([&](vestitel_error* e) { return table_.remove(host_.abi(), to_str(key), e); }) == VESTITEL_OK;
  }
  // Puts where the key still has that revision, 0: where it is not there. Nothing: somebody was faster.
  std::optional<std::uint64_t> cas(std::string_view key, std::uint64_t expected, std::string_view value) const {
    std::uint64_t revision = 0;
    const auto rc = detail::asked(
        [&](vestitel_error* e) { return table_.cas(host_.abi(), to_str(key), expected, to_str(value), &revision, e); });
    return rc == VESTITEL_OK ? std::optional(revision) : std::nullopt;
  }
  // Calls use(std::string_view key, std::uint64_t revision) for each key with the prefix, in byte order.
  template <class Use>
  void each(std::string_view prefix, Use&& use) const {
    struct Arg {
      Use* use;
      std::string last;
    } arg{&use, {}};
    const auto take = [](void* a, vestitel_str key, std::uint64_t revision) {
      auto& to = *static_cast<Arg*>(a);
      to.last = view(key);
      (*to.use)(view(key), revision);
    };
    const auto page = [&](vestitel_error* e) {
      const std::string after = arg.last;
      return table_.list(host_.abi(), to_str(prefix), to_str(after), 0, take, &arg, e);
    };
    while (detail::asked(page) == VESTITEL_MORE) {
    }
  }

 private:
  const Host& host_;
  const vestitel_kv_v1& table_;
};

// One figure that the operator sees. Made in the constructor or in start(); where the service is absent it does
// nothing.
class Metric {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  static Metric counter(const Host& host, std::string_view name, std::string_view help, Labels labels = {}) {
    return Metric(host, VESTITEL_COUNTER, name, help, labels);
  }
  static Metric gauge(const Host& host, std::string_view name, std::string_view help, Labels labels = {}) {
    return Metric(host, VESTITEL_GAUGE, name, help, labels);
  }
  static Metric histogram(const Host& host, std::string_view name, std::string_view help, Labels labels = {}) {
    return Metric(host, VESTITEL_HISTOGRAM, name, help, labels);
  }
  void add(double amount = 1) const { update(amount); }  // counter
  void set(double value) const { update(value); }        // gauge
  void observe(double value) const { update(value); }    // histogram

 private:
  Metric(const Host& host, std::int32_t kind, std::string_view name, std::string_view help, Labels labels)
      : host_(host), table_(host.service<vestitel_metric_v1>("vestitel.metric/1")) {
    if (table_ == nullptr) return;
    vestitel_kv pairs[16];
    std::uint32_t n = 0;
    for (const auto& [key, value] : labels)
      if (n < 16) pairs[n++] = {to_str(key), to_str(value)};
    detail::asked([&](vestitel_error* e) {
      return table_->define(host_.abi(), kind, to_str(name), to_str(help), pairs, n, &handle_, e);
    });
  }
  void update(double value) const {
    if (table_ != nullptr) table_->update(host_.abi(), handle_, value);
  }
  const Host& host_;
  const vestitel_metric_v1* table_;
  std::uint32_t handle_ = 0;
};

// A connected, blocking TCP stream without TLS to a granted host: the caller closes it. Error::retry: not reached.
inline int connect_stream(const Host& host, std::string_view name, std::uint16_t port,
                          std::chrono::milliseconds patience = std::chrono::seconds(10)) {
  const auto& connect = granted_service<vestitel_connect_v1>(host, "vestitel.connect/1");
  std::int32_t fd = -1;
  detail::asked(
      [&](vestitel_error* e) { return connect.open(host.abi(), to_str(name), port, patience.count(), &fd, e); });
  return fd;
}

// Calls use(std::string_view cursor, std::uint32_t kind, std::string_view identifier) for at most `max` people who have
// subscribed, after that cursor ("": from the start). True: there are more.
template <class Use>
bool subjects_after(const Host& host, std::string_view cursor, std::uint32_t max, Use&& use) {
  const auto& subjects = granted_service<vestitel_subjects_v1>(host, "vestitel.subjects/1");
  const auto take = [](void* arg, vestitel_str at, std::uint32_t kind, vestitel_str value) {
    (*static_cast<std::remove_reference_t<Use>*>(arg))(view(at), kind, view(value));
  };
  void* arg = const_cast<void*>(static_cast<const void*>(std::addressof(use)));
  return detail::asked([&](vestitel_error* e) {
           return subjects.next(host.abi(), to_str(cursor), max, take, arg, e);
         }) == VESTITEL_MORE;
}

}  // namespace v1
}  // namespace vestitel
