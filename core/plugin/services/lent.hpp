// What an instance is lent beside the services of its kind, as the interfaces that both homes know. What is null is
// withheld: the plugin gets NULL for its table.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/owned_fd.hpp"
#include "core/base/result.hpp"
#include "core/plugin/services/requests.hpp"
#include "core/ports/kv_store.hpp"
#include "core/ports/receipt_taker.hpp"
#include "core/ports/subject_source.hpp"

namespace vestitel {

// Takes the answers of one submission. Thread: the client's own, one call at a time; no call after finished().
class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  // The request that carries this message is about to leave: from here on the peer may act on it. False: the call that
  // it belongs to is over, and it must not leave.
  virtual bool starting(std::uint32_t message) = 0;
  // Once for each request. False: nobody is there to hear it; what has not left yet is not sent.
  virtual bool answered(std::uint32_t index, wire::HttpAnswer answer) = 0;
  // No more answers are at hand: who gathers them had better pass on what there is.
  virtual void paused() {}
  virtual void finished() = 0;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;  // what runs is cut off, and answered as such
  // Returns at once. Thread: any.
  virtual void submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver) = 0;
  // Every request that runs or waits is answered with E_CANCELLED, and so is what comes before the next resume().
  virtual void cancel() = 0;
  virtual void resume() = 0;
  // Ends what runs and waits for the thread: no receiver hears anything after it. Once, before the receivers go.
  virtual void close() = 0;
};

class Connector {
 public:
  virtual ~Connector() = default;
  // What waits gives up, and so does what comes before the next resume(). Thread: any.
  virtual void cancel() = 0;
  virtual void resume() = 0;
  // A connected, blocking stream. kDenied: not granted; kBusy: not reached. Thread: any; waits as long as it is let.
  virtual Result<OwnedFd> connect(std::string_view host, std::uint16_t port, std::chrono::milliseconds patience) = 0;
};

// The figures of all plugins; what an operator reads.
class PluginMetrics;

struct Lent {
  std::shared_ptr<HttpClient> http;
  std::shared_ptr<Connector> connector;
  std::vector<std::string> folders;  // beside its own, that it may write to
  std::vector<std::string> files;    // that it may read
  KvStore* kv = nullptr;             // this and what follows outlive the instance
  std::uint64_t kv_bytes = 0;
  PluginMetrics* metrics = nullptr;
  SubjectSource* subjects = nullptr;
  ReceiptTaker* receipts = nullptr;
};

}  // namespace vestitel
