#include "core/plugin/outside/http_client.hpp"

#include <curl/curl.h>
#include <vestitel/abi_services.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/thread_name.hpp"
#include "core/plugin/outside/http_transfer.hpp"
#include "core/plugin/services/tables.hpp"

namespace vestitel {
namespace {

constexpr int kIdleMs = 1'000;
constexpr std::size_t kMostSpare = 64;  // handles kept for the next requests

void initialize() {
  static std::once_flag once;
  std::call_once(once, [] { static_cast<void>(::curl_global_init(CURL_GLOBAL_DEFAULT)); });
}

class CurlClient final : public HttpClient {
 public:
  CurlClient(Reach reach, HttpOptions options)
      : reach_(std::move(reach)), options_(std::move(options)), multi_((initialize(), ::curl_multi_init())) {
    ::curl_multi_setopt(multi_, CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
    ::curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, long{kHttpInFlight});
    ::curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, long{kHttpInFlight});
    thread_ = std::thread([this] { loop(); });
  }

  ~CurlClient() override {
    close();
    ::curl_multi_cleanup(multi_);
  }

  void submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver) override {
    {
      const std::lock_guard lock(mutex_);
      arrived_.push_back(std::make_shared<Batch>(std::move(requests), std::move(receiver)));
    }
    ::curl_multi_wakeup(multi_);
  }

  void cancel() override {
    cancelled_ = true;
    ::curl_multi_wakeup(multi_);
  }
  void resume() override { cancelled_ = false; }

  void close() override {
    stopping_ = true;
    ::curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Batch {
    Batch(std::vector<wire::HttpRequest> all, std::shared_ptr<HttpReceiver> to)
        : requests(std::move(all)), receiver(std::move(to)), left(requests.size()) {}
    std::vector<wire::HttpRequest> requests;
    std::shared_ptr<HttpReceiver> receiver;
    std::size_t next = 0, left;
    bool deaf = false;
  };
  struct Running {
    std::unique_ptr<HttpTransfer> transfer;
    std::shared_ptr<Batch> batch;
  };

  // ---- its thread -----------------------------------------------------------------------------------------------

  void loop() {
    name_thread("vst-http");
    while (!stopping_) {
      take_arrived();
      if (cancelled_) end_all("cancelled");
      start_waiting();
      int running = 0;
      ::curl_multi_perform(multi_, &running);
      finish_ended();
      if (!stopping_ && !(may_start() && !cancelled_)) ::curl_multi_poll(multi_, nullptr, 0, kIdleMs, nullptr);
    }
    take_arrived();
    end_all("the instance ends");
  }

  void take_arrived() {
    std::deque<std::shared_ptr<Batch>> arrived;
    {
      const std::lock_guard lock(mutex_);
      arrived.swap(arrived_);
    }
    for (auto& batch : arrived) {
      if (batch->requests.empty())
        batch->receiver->finished();
      else
        waiting_.push_back(std::move(batch));
    }
  }

  [[nodiscard]] bool may_start() const { return !waiting_.empty() && running_.size() < kHttpInFlight; }

  // In turns, so that a large batch does not hold up one that comes after it.
  void start_waiting() {
    while (may_start()) {
      auto batch = std::move(waiting_.front());
      waiting_.pop_front();
      const auto index = static_cast<std::uint32_t>(batch->next++);
      const bool more = batch->next < batch->requests.size();
      start(batch, index);
      if (more && !batch->deaf)
        waiting_.push_back(std::move(batch));
      else if (more)
        answer_rest(*batch, "nobody waits for it");
    }
  }

  void start(const std::shared_ptr<Batch>& batch, std::uint32_t index) {
    wire::HttpRequest& request = batch->requests[index];
    CheckedRequest checked = check_request(request, reach_);
    if (checked.refusal) return answer(*batch, index, std::move(*checked.refusal));
    std::unique_ptr<HttpTransfer> transfer;
    if (spare_.empty()) {
      transfer = std::make_unique<HttpTransfer>();
    } else {
      transfer = std::move(spare_.back());
      spare_.pop_back();
    }
    if (!transfer->prepare(std::move(request), index, batch->receiver, options_, checked.only_public) ||
        ::curl_multi_add_handle(multi_, transfer->handle()) != CURLM_OK)
      return answer(*batch, index,
                    wire::no_answer(VESTITEL_E_CONFIG, "the request cannot be made: its certificate, or no memory"));
    CURL* handle = transfer->handle();
    running_.emplace(handle, Running{std::move(transfer), batch});
  }

  void finish_ended() {
    int left = 0;
    while (CURLMsg* message = ::curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      finish(message->easy_handle, [code](HttpTransfer& transfer) { return transfer.result(code); });
    }
  }

  template <class Outcome>
  void finish(CURL* handle, Outcome&& outcome) {
    const auto found = running_.find(handle);
    if (found == running_.end()) return;
    Running ended = std::move(found->second);
    running_.erase(found);
    ::curl_multi_remove_handle(multi_, handle);
    auto result = outcome(*ended.transfer);
    const std::uint32_t index = ended.transfer->index();
    static_cast<void>(ended.transfer->take_receiver());
    if (spare_.size() < kMostSpare) spare_.push_back(std::move(ended.transfer));
    answer(*ended.batch, index, std::move(result));
  }

  void answer(Batch& batch, std::uint32_t index, wire::HttpAnswer result) {
    if (!batch.deaf && !batch.receiver->answered(index, std::move(result))) batch.deaf = true;
    if (--batch.left == 0) batch.receiver->finished();
  }

  void answer_rest(Batch& batch, const char* why) {
    while (batch.next < batch.requests.size())
      answer(batch, static_cast<std::uint32_t>(batch.next++), wire::no_answer(VESTITEL_E_CANCELLED, why));
  }

  void end_all(const char* why) {
    while (!running_.empty()) {
      finish(running_.begin()->first, [&](HttpTransfer& transfer) {
        auto result = wire::no_answer(VESTITEL_E_CANCELLED, why);
        result.sent = transfer.sent();
        return result;
      });
    }
    while (!waiting_.empty()) {
      const auto batch = std::move(waiting_.front());
      waiting_.pop_front();
      answer_rest(*batch, why);
    }
  }

  const Reach reach_;
  const HttpOptions options_;
  CURLM* const multi_;
  std::atomic<bool> stopping_{false}, cancelled_{false};
  std::mutex mutex_;
  std::deque<std::shared_ptr<Batch>> arrived_;  // under mutex_
  std::deque<std::shared_ptr<Batch>> waiting_;  // the thread's own, as what follows
  std::map<CURL*, Running> running_;
  std::vector<std::unique_ptr<HttpTransfer>> spare_;
  std::thread thread_;
};

}  // namespace

std::shared_ptr<HttpClient> make_http_client(Reach reach, HttpOptions options) {
  return std::make_shared<CurlClient>(std::move(reach), std::move(options));
}

}  // namespace vestitel
