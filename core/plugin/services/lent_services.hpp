// Serves what a plugin asks for through vestitel/abi_services.h, in either home: the request as it was encoded comes
// in, the answer goes out, and what is not granted is refused. HTTP has a way of its own, see submit().
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/plugin/instance.hpp"
#include "core/plugin/services/asker.hpp"

namespace vestitel {

class LentServices {
 public:
  // `context`: outlives it. `plugin`: for the log.
  LentServices(const HostContext& context, std::string plugin) : context_(context), plugin_(std::move(plugin)) {}

  // The bits of wire::Service that an instance with this context is granted.
  static std::uint32_t granted(const HostContext& context, const PluginDescription& plugin);

  // kConfig, kKv, kMetric (define), kSubjects, kReceipt at once; kConnect waits for the peer. A payload that makes no
  // sense is answered with E_INVALID. Thread: any, as of all here.
  Asked answer(wire::Type type, std::string_view payload);
  void told(wire::Type type, std::string_view payload);  // kMetric (update)

  // kHttp. Empty: the receiver will hear; else why not, and it hears nothing.
  std::optional<Asked> submit(std::string_view payload, std::shared_ptr<HttpReceiver> receiver);

  void cancel();
  void resume();
  void close();  // before what hears the answers goes

  // While one lives, what is put and removed belongs to the running unit of a feed.
  class Unit {
   public:
    explicit Unit(LentServices& services);
    ~Unit();
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;
    // What has changed since the last commit, for the receiver of the unit; forgotten with `forget`.
    Result<> hand_over(const std::function<Result<>(KvChange)>& change);

   private:
    LentServices& services_;
  };

 private:
  using Changes = std::map<std::string, std::optional<std::string>, std::less<>>;

  Asked config(std::string_view pointer) const;
  Asked kv(std::string_view payload);
  Asked kv_get(const std::string& key);
  Asked kv_change(const std::string& key, std::optional<std::string> value, std::optional<std::uint64_t> expected);
  Asked kv_list(std::string_view prefix, std::string_view after, std::uint32_t max);
  Result<std::optional<KvEntry>> entry(const std::string& key) const;  // under mutex_
  Asked define(std::string_view payload);
  Asked connect(std::string_view payload);
  Asked subjects(std::string_view payload);
  Asked receipt(std::string_view payload);
  Result<> with_certificates(wire::HttpRequest& request) const;

  const HostContext& context_;
  const std::string plugin_;
  std::mutex mutex_;
  std::optional<Changes> unit_;  // under mutex_
};

}  // namespace vestitel
