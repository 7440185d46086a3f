#include "core/plugin/outside/http_client.hpp"

#include <curl/curl.h>
#include <vestitel/abi_services.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/thread_name.hpp"
#include "core/plugin/outside/http_transfer.hpp"
#include "core/plugin/outside/link_pace.hpp"
#include "core/plugin/services/tables.hpp"

namespace vestitel {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kIdleMs = 1'000;
constexpr std::size_t kMostSpare = 64;   // handles kept for the next requests
constexpr std::size_t kMostLinks = 256;  // peers that are remembered
constexpr std::size_t kUnproven = 4;     // to one that never answered, while half of the room is taken

// How long a request waits for its turn, and then for its answer.
std::int64_t patience_of(const wire::HttpRequest& request) {
  return request.timeout_ms == 0 ? kHttpTimeoutMs : request.timeout_ms;
}

void initialize() {
  static std::once_flag once;
  std::call_once(once, [] { static_cast<void>(::curl_global_init(CURL_GLOBAL_DEFAULT)); });
}

class CurlClient final : public HttpClient {
 public:
  CurlClient(Reach reach, HttpOptions options)
      : check_(std::move(reach)), options_(std::move(options)), multi_((initialize(), ::curl_multi_init())) {
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
    std::size_t left;
    bool deaf = false, heard = false;  // heard: an answer came since the last pause
  };
  // What of a batch goes to one peer.
  struct Part {
    std::shared_ptr<Batch> batch;
    std::deque<std::pair<std::uint32_t, bool>> waiting;  // number of the request; only to a public address
    Steady::time_point since;
  };
  // A peer: scheme, host and port.
  struct Link {
    std::deque<Part> parts;
    std::size_t running = 0;
    bool failed = false;  // in this look
    LinkPace pace{kHttpInFlight};
  };
  struct Running {
    std::unique_ptr<HttpTransfer> transfer;
    std::shared_ptr<Batch> batch;
    Link* link = nullptr;
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
      const bool ended = finish_ended();
      give_up_links();
      if (ended) continue;
      pause();
      if (!stopping_) ::curl_multi_poll(multi_, nullptr, 0, kIdleMs, nullptr);
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
    for (const auto& batch : arrived) {
      if (batch->requests.empty()) batch->receiver->finished();
      for (std::uint32_t i = 0; i < batch->requests.size(); ++i) queue(batch, i);
    }
  }

  void queue(const std::shared_ptr<Batch>& batch, std::uint32_t index) {
    CheckedRequest checked = check_(batch->requests[index]);
    if (checked.refusal) return answer(batch, index, std::move(*checked.refusal));
    Link& link = link_to(checked.peer);
    if (link.parts.empty() || link.parts.back().batch != batch) link.parts.push_back({batch, {}, Steady::now()});
    link.parts.back().waiting.emplace_back(index, checked.only_public);
  }

  Link& link_to(const std::string& peer) {
    if (const auto found = links_.find(peer); found != links_.end()) return found->second;
    if (links_.size() >= kMostLinks)
      std::erase_if(links_, [&](const auto& one) {
        const Link& link = one.second;
        return link.parts.empty() && link.running == 0 && (!link.pace.given_up() || links_.size() >= 2 * kMostLinks);
      });
    return links_[peer];
  }

  // Peers and, at one peer, batches take turns, so that a large one does not hold up what comes after it.
  void start_waiting() {
    std::size_t idle = 0;  // peers in a row that take none
    while (running_.size() < kHttpInFlight && idle < links_.size()) {
      auto turn = links_.upper_bound(last_);
      if (turn == links_.end()) turn = links_.begin();
      last_ = turn->first;
      Link& link = turn->second;
      ++idle;
      if (link.parts.empty() || link.running >= room_of(link)) continue;
      start_one(link);
      idle = 0;
    }
  }

  [[nodiscard]] std::size_t room_of(const Link& link) const {
    const bool scarce = running_.size() >= kHttpInFlight / 2;
    return scarce && !link.pace.proven() ? std::min(kUnproven, link.pace.limit()) : link.pace.limit();
  }

  void start_one(Link& link) {
    Part part = std::move(link.parts.front());
    link.parts.pop_front();
    const auto [index, only_public] = part.waiting.front();
    part.waiting.pop_front();
    const auto batch = part.batch;
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - part.since);
    if (!part.waiting.empty()) link.parts.push_back(std::move(part));
    if (waited.count() > patience_of(batch->requests[index]))
      return answer(batch, index, wire::no_answer(VESTITEL_E_RETRY, "not sent: its turn did not come in time"));
    if (batch->deaf) return answer(batch, index, wire::no_answer(VESTITEL_E_CANCELLED, "nobody waits for it"));
    std::unique_ptr<HttpTransfer> transfer;
    if (spare_.empty()) {
      transfer = std::make_unique<HttpTransfer>(options_);
    } else {
      transfer = std::move(spare_.back());
      spare_.pop_back();
    }
    if (!transfer->prepare(std::move(batch->requests[index]), index, batch->receiver, only_public) ||
        ::curl_multi_add_handle(multi_, transfer->handle()) != CURLM_OK)
      return answer(batch, index,
                    wire::no_answer(VESTITEL_E_CONFIG, "the request cannot be made: its certificate, or no memory"));
    CURL* handle = transfer->handle();
    running_.emplace(handle, Running{std::move(transfer), batch, &link});
    ++link.running;
  }

  bool finish_ended() {
    bool any = false;
    int left = 0;
    while (CURLMsg* message = ::curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      any = true;
      const CURLcode code = message->data.result;
      finish(message->easy_handle, [&](HttpTransfer& transfer, Link& link) {
        auto result = transfer.result(code);
        judge(result, transfer, link);
        return result;
      });
    }
    return any;
  }

  static void judge(const wire::HttpAnswer& result, const HttpTransfer& transfer, Link& link) {
    if (result.status == 429 || result.status == 503) return link.pace.overloaded();
    const bool well = result.rc == VESTITEL_OK && result.status >= 200 && result.status < 300;
    if (result.rc == VESTITEL_OK || result.rc == VESTITEL_E_DATA)
      return link.pace.answered(transfer.since_left(), well, !link.parts.empty());
    if (result.rc != VESTITEL_E_RETRY) return;
    link.failed = true;
    link.pace.unanswered();
  }

  void give_up_links() {
    for (auto& [peer, link] : links_)
      if (std::exchange(link.failed, false) && link.pace.given_up())
        refuse_waiting(link, VESTITEL_E_RETRY, "not sent: the peer had left many unanswered");
  }

  void refuse_waiting(Link& link, std::int32_t rc, const char* why) {
    for (Part& part : std::exchange(link.parts, {}))
      for (const auto& [index, only_public] : part.waiting) answer(part.batch, index, wire::no_answer(rc, why));
  }

  template <class Outcome>
  void finish(CURL* handle, Outcome&& outcome) {
    const auto found = running_.find(handle);
    if (found == running_.end()) return;
    Running ended = std::move(found->second);
    running_.erase(found);
    --ended.link->running;
    ::curl_multi_remove_handle(multi_, handle);
    auto result = outcome(*ended.transfer, *ended.link);
    const std::uint32_t index = ended.transfer->index();
    static_cast<void>(ended.transfer->take_receiver());
    if (spare_.size() < kMostSpare) spare_.push_back(std::move(ended.transfer));
    answer(ended.batch, index, std::move(result));
  }

  void answer(const std::shared_ptr<Batch>& batch, std::uint32_t index, wire::HttpAnswer result) {
    if (!batch->deaf && !batch->receiver->answered(index, std::move(result))) batch->deaf = true;
    if (--batch->left == 0) return batch->receiver->finished();
    if (!std::exchange(batch->heard, true)) heard_.push_back(batch);
  }

  void pause() {
    for (const auto& batch : std::exchange(heard_, {})) {
      batch->heard = false;
      if (batch->left > 0) batch->receiver->paused();
    }
  }

  void end_all(const char* why) {
    while (!running_.empty()) {
      finish(running_.begin()->first, [&](HttpTransfer& transfer, Link&) {
        auto result = wire::no_answer(VESTITEL_E_CANCELLED, why);
        result.sent = transfer.sent();
        return result;
      });
    }
    for (auto& [peer, link] : links_) refuse_waiting(link, VESTITEL_E_CANCELLED, why);
  }

  RequestCheck check_;  // the thread's
  const HttpOptions options_;
  CURLM* const multi_;
  std::atomic<bool> stopping_{false}, cancelled_{false};
  std::mutex mutex_;
  std::deque<std::shared_ptr<Batch>> arrived_;  // under mutex_
  std::vector<std::shared_ptr<Batch>> heard_;   // the thread's own, as what follows
  std::map<std::string, Link> links_;
  std::string last_;  // the peer whose turn it was
  std::unordered_map<CURL*, Running> running_;
  std::vector<std::unique_ptr<HttpTransfer>> spare_;
  std::thread thread_;
};

}  // namespace

std::shared_ptr<HttpClient> make_http_client(Reach reach, HttpOptions options) {
  return std::make_shared<CurlClient>(std::move(reach), std::move(options));
}

}  // namespace vestitel
