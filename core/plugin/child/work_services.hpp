// Serves what a runner asks for: each request is decoded, checked and handed to the call that runs, and answered.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/plugin/child/runner_process.hpp"
#include "core/plugin/host_side.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/services/lent_services.hpp"
#include "core/ports/source.hpp"

namespace vestitel {

class WorkServices final : public RunnerServices {
 public:
  // `context`: outlives it. `plugin`: the id, for the log.
  WorkServices(const HostContext& context, std::string plugin)
      : context_(context), plugin_(std::move(plugin)), lent_(context_, plugin_) {}
  ~WorkServices() override;
  WorkServices(const WorkServices&) = delete;
  WorkServices& operator=(const WorkServices&) = delete;

  LentServices& lent() { return lent_; }

  // What a work call lends. Null: the service is not for this call.
  struct Call {
    EmitCall* emit = nullptr;
    ByteStream* bytes = nullptr;
    DeliverCall* deliver = nullptr;
  };
  // While one lives, requests go to its call; when it has gone, no request is still inside.
  class Serving {
   public:
    Serving(WorkServices& services, Call call) : services_(services) { services_.route(call); }
    ~Serving() { services_.route({}); }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

   private:
    WorkServices& services_;
  };

  Result<bool> serve(wire::Frame& frame, RunnerProcess& runner) override;
  void note_breach(std::string_view what) const;
  void printed(std::string_view stream, std::string_view line) const;

 private:
  void route(Call call);
  Result<bool> emit(const wire::Frame& frame, RunnerProcess& runner);
  Result<bool> quarantine(const wire::Frame& frame, RunnerProcess& runner);
  Result<bool> text_call(const wire::Frame& frame, RunnerProcess& runner);
  Result<bool> read(const wire::Frame& frame, RunnerProcess& runner);
  Result<bool> deliver(const wire::Frame& frame);
  Result<bool> say(const wire::Frame& frame) const;
  Result<bool> secret(const wire::Frame& frame, RunnerProcess& runner) const;
  Result<bool> lend(const wire::Frame& frame, RunnerProcess& runner);
  Result<bool> connect(const wire::Frame& frame, RunnerProcess& runner);
  Result<bool> http(const wire::Frame& frame, RunnerProcess& runner);
  class HttpFrames;
  bool begin(std::uint32_t message, std::uint64_t of_call);

  const HostContext& context_;
  const std::string plugin_;
  std::mutex mutex_;          // held while a request is served
  Call call_;                 // under mutex_
  std::uint64_t number_ = 0;  // of that call; under mutex_
  std::string bytes_;
  LentServices lent_;
  struct Connecting {
    std::shared_ptr<std::atomic<bool>> done;
    std::jthread thread;
  };
  std::vector<Connecting> connecting_;  // the serving thread's own
};

}  // namespace vestitel
