// What delivery needs of a sink, whatever home its plugin lives in.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/doubt.hpp"
#include "core/model/message.hpp"

namespace vestitel {

// Takes the sink's word on each message of a batch, as soon as it is known. Thread: any.
class SettleReceiver {
 public:
  virtual ~SettleReceiver() = default;
  virtual void begin(std::size_t index) = 0;                           // from here on the peer may act on the message
  virtual void settle(std::size_t index, const Verdict& verdict) = 0;  // once for each message
};

struct SinkLimits {
  std::size_t max_batch = 1;
  std::chrono::milliseconds max_send{30'000};  // longest time a send may take; lease and kill follow
  bool idempotent = false;                     // the same idem_key takes effect once
  bool hears_callbacks = false;                // a provider's call can be handed on to it
  bool polls_receipts = false;                 // it wants a turn to ask what became of its messages
  std::size_t max_ask = 0;  // messages in doubt that it is asked about at once; 0: it cannot be asked
};

// A request of a provider at /receipts/INSTANCE. Borrowed.
struct ProviderCall {
  std::string_view head;  // lines "name: value\n" in lower case, ":method" and ":query" first; no credentials
  std::string_view body;  // any bytes
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual SinkLimits limits() const = 0;
  // Reaches the peer without sending anything. kConfig: settings or credentials are at fault.
  virtual Result<> check() = 0;
  // Returns when every message has been settled, or with the failure that kept it from doing so: a message begun and
  // not settled is then unknown, one never begun a retry. Thread: one at a time.
  virtual Result<> deliver(std::span<const Message> messages, SettleReceiver& out) = 0;
  // What the call says goes to the ReceiptTaker that was lent to the sink, and is on record when this returns.
  // kInvalid: no receipt that it can read; kConfig: forged; all else: it shall come again. Thread: one at a time, as
  // deliver.
  virtual Result<> hear(const ProviderCall& call) {
    static_cast<void>(call);
    return {Failure::kInvalid, "the sink hears no callbacks"};
  }
  // At most `most` receipts. True: there are more. Thread: one at a time, as deliver.
  virtual Result<bool> poll_receipts(std::uint32_t most) {
    static_cast<void>(most);
    return false;
  }
  // What the peer knows of each, in their order; unknown where it does not say. Changes nothing there. Thread: one at a
  // time, as deliver.
  virtual Result<std::vector<Verdict>> ask(std::span<const Doubt> doubts) {
    return std::vector<Verdict>(doubts.size());
  }
  // Makes a running deliver() return early: nothing new is begun. Thread: any.
  virtual void cancel() = 0;
};

}  // namespace vestitel
