// The host as a plugin sees it when the host is at the other end of a socket: vestitel_host and the services behind it,
// each a request over the wire.
#pragma once
#include <vestitel/abi.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/services/asker.hpp"
#include "core/plugin/wire/channel.hpp"
#include "core/plugin/wire/messages.hpp"
#include "core/plugin/wire/region.hpp"

namespace vestitel {

class RemoteHost final : private Asker {
 public:
  // Borrows all; they outlive it.
  RemoteHost(const wire::Hello& hello, wire::Channel& channel, wire::Region& region);
  RemoteHost(const RemoteHost&) = delete;
  RemoteHost& operator=(const RemoteHost&) = delete;

  [[nodiscard]] const vestitel_host* abi() const { return &host_; }

  // From the thread that reads the channel.
  void replied(wire::Frame& frame);
  void answered_http(const wire::Frame& frame);
  void set_cancelled(bool cancelled);

  // The bytes of a document, pulled from the hub; for one parse.
  class Input {
   public:
    explicit Input(RemoteHost& host) : host_(host) {}
    ~Input();  // waits until the hub writes into no slot any more
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    vestitel_rc read(std::uint8_t* into, std::uint64_t cap, std::uint64_t* got);

   private:
    void ask_ahead();
    vestitel_rc take_next();

    RemoteHost& host_;
    std::uint32_t next_slot_ = 0;
    std::optional<std::uint64_t> asked_;  // for the piece that will lie in the next slot
    std::string_view piece_;              // what is left of the one that is read
    bool end_ = false;
  };

  // A work call begins: what the one before it left behind is over. Ends when all that was posted has been answered.
  void begin_work();
  void end_work();

 private:
  struct Services;
  friend struct Services;
  // Somebody waits: for the reply, and of a kHttp for the answers before it.
  struct Waiting {
    std::optional<Asked> reply;
    std::deque<std::string> answers;
  };
  struct Posted {
    std::optional<std::uint32_t> slot;
  };

  Asked ask(wire::Type type, std::string_view payload) override;
  std::uint64_t begin_ask(wire::Type type, std::string_view payload);
  Asked end_ask(std::uint64_t id);
  void tell(wire::Type type, std::string_view payload) override;
  Asked ask_http(std::string_view payload, const std::function<void(std::string_view)>& answered) override;
  [[nodiscard]] std::int64_t monotonic_us() const override;
  bool sleep_until(std::int64_t monotonic_us) override;
  [[nodiscard]] std::uint32_t granted() const override { return hello_.services; }

  // Sends a request whose answer is looked at by the next one: what was posted keeps its order, and a failure of the
  // hub is told at the next chance.
  vestitel_rc post(wire::Type type, std::string_view payload, std::string_view more, Posted posted,
                   vestitel_error* error);
  vestitel_rc emit(const vestitel_batch& batch, vestitel_error* error);
  vestitel_rc breach(const std::string& what, vestitel_error* error);
  vestitel_rc waited(std::unique_lock<std::mutex>& lock, bool slot, vestitel_error* error);
  vestitel_rc fail(vestitel_error* error, const Asked& reply) const;

  const wire::Hello& hello_;
  wire::Channel& channel_;
  const wire::Region& region_;
  vestitel_host host_{};
  std::atomic<bool> cancelled_{false};
  std::atomic<std::uint64_t> next_{1};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Waiting> waiting_;  // under mutex_
  std::map<std::uint64_t, Posted> posted_;    // under mutex_
  std::vector<std::uint32_t> free_slots_;     // under mutex_
  std::optional<Asked> failure_;              // under mutex_: of what was posted
};

}  // namespace vestitel
