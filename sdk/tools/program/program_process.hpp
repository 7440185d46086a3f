// One live program as the tool holds it: calls go in, requests for services come out.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "core/base/result.hpp"
#include "core/plugin/wire/channel.hpp"
#include "core/plugin/wire/messages.hpp"
#include "core/plugin/wire/region.hpp"

namespace vestitel {

class ProgramProcess {
 public:
  // What the process asks of its holder, in the thread that reads its socket.
  struct Holder {
    std::function<Result<>(const wire::Frame& frame, ProgramProcess& program)> serve;  // an error breaks the protocol
    std::function<bool()> cancelled;
  };
  struct Answer {
    std::int32_t rc = 0;
    std::int64_t retry_after_ms = 0;
    std::uint64_t item = UINT64_MAX;
    std::string field_path, message;
  };

  // Returns when it has said that it is ready. kNotFound: it knows no such plugin; kInvalid: it refused, does not speak
  // the protocol, or ended.
  static Result<std::unique_ptr<ProgramProcess>> start(const std::string& path, const wire::Hello& hello,
                                                       Holder holder);
  ~ProgramProcess();  // destroys the instance; kills what does not go
  ProgramProcess(const ProgramProcess&) = delete;
  ProgramProcess& operator=(const ProgramProcess&) = delete;

  [[nodiscard]] const wire::Ready& ready() const { return ready_; }
  [[nodiscard]] const wire::Region& region() const { return region_; }

  // Waits for the answer. Thread: any.
  Answer call(wire::Type type, std::string_view payload);
  // The answer to a request. That nobody is there to take it is seen elsewhere.
  void reply(std::uint64_t request, const wire::Outcome& outcome);

 private:
  ProgramProcess(std::string path, pid_t pid, OwnedFd socket, wire::Region region, Holder holder);
  Result<> greet(const wire::Hello& hello);
  void loop();
  Result<bool> take_frames();  // false: the other end has closed
  Result<> take(const wire::Frame& frame);
  Result<> answered(const wire::Frame& frame);
  void tell_cancelled();
  [[noreturn]] void broken(const std::string& why);
  void closed();

  const std::string path_;
  const pid_t pid_;
  wire::Channel channel_;
  wire::Region region_;
  const Holder holder_;
  wire::Ready ready_;
  std::atomic<bool> going_{false};  // its end is what was asked for
  std::atomic<std::uint64_t> next_call_{1};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, std::optional<Answer>> pending_;  // under mutex_
  std::mutex cancelling_;
  bool told_cancelled_ = false;  // under cancelling_
  std::thread thread_;
};

}  // namespace vestitel
