// The host as one instance of a plugin sees it: vestitel_host and the services behind it. Lives until the plugin's
// destroy() has returned.
#pragma once
#include <vestitel/abi.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "core/plugin/instance.hpp"
#include "core/plugin/services/asker.hpp"
#include "core/plugin/services/lent_services.hpp"

namespace vestitel {

// What serves vestitel.emit/1 while a parse or poll runs.
class EmitCall {
 public:
  virtual ~EmitCall() = default;
  virtual vestitel_rc emit(const vestitel_batch& batch, vestitel_error* error) = 0;
  virtual vestitel_rc quarantine(Place place, std::string_view element, std::string_view reason, std::string_view bytes,
                                 vestitel_error* error) = 0;
  virtual vestitel_rc complete(std::string_view scope, vestitel_error* error) = 0;
  virtual vestitel_rc commit(std::string_view cursor, vestitel_error* error) = 0;
  // The plugin broke the contract, and what it hands over counts for nothing any more.
  virtual vestitel_rc broken(std::string_view what, vestitel_error* error) = 0;
};

// What serves vestitel.delivery/1 while a deliver runs.
class DeliverCall {
 public:
  virtual ~DeliverCall() = default;
  virtual void begin(std::uint32_t index) = 0;
  virtual void settle(std::uint32_t index, const vestitel_verdict& verdict) = 0;
};

class HostSide final : private Asker {
 public:
  HostSide(HostContext context, const PluginDescription& plugin);
  ~HostSide() override { lent_.close(); }
  HostSide(const HostSide&) = delete;
  HostSide& operator=(const HostSide&) = delete;

  [[nodiscard]] const vestitel_host* abi() const { return &host_; }
  [[nodiscard]] const Clock& clock() const { return *context_.clock; }
  [[nodiscard]] const std::string& instance() const { return context_.instance; }
  [[nodiscard]] LentServices& lent() { return lent_; }

  void set_cancelled(bool cancelled);
  [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

  // While one of these lives, the services go to its call; afterwards they answer E_INVALID or do nothing, and no
  // late caller is still inside.
  template <class Call>
  class Serving {
   public:
    Serving(HostSide& host, Call& call) : host_(host) { host_.route(&call); }
    ~Serving() { host_.route(static_cast<Call*>(nullptr)); }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

   private:
    HostSide& host_;
  };

  // A sentence about the plugin's conduct for the log.
  void note_breach(std::string_view what) const;

 private:
  struct Services;
  friend struct Services;
  class HttpWait;
  Asked ask(wire::Type type, std::string_view payload) override;
  void tell(wire::Type type, std::string_view payload) override;
  Asked ask_http(std::string_view payload, const std::function<void(std::string_view)>& answered) override;
  [[nodiscard]] std::int64_t monotonic_us() const override;
  bool sleep_until(std::int64_t monotonic_us) override;
  [[nodiscard]] std::uint32_t granted() const override { return granted_; }
  bool begin(std::uint32_t message, std::optional<std::uint64_t> of_call);

  void route(EmitCall* call);
  void route(DeliverCall* call);

  const HostContext context_;
  const std::string plugin_id_;
  const std::uint32_t granted_;
  LentServices lent_;
  vestitel_host host_{};
  std::atomic<bool> cancelled_{false};
  std::mutex sleeping_mutex_;
  std::condition_variable cancel_;  // under sleeping_mutex_
  std::mutex mutex_;          // held while a service runs, so that a call that has ended has no late caller inside
  EmitCall* emit_ = nullptr;  // under mutex_
  DeliverCall* deliver_ = nullptr;  // under mutex_
  std::uint64_t delivery_ = 0;      // which of them that is; under mutex_
};

}  // namespace vestitel
