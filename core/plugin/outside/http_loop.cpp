#include "core/plugin/outside/http_loop.hpp"

#include <vestitel/abi_services.h>

#include <algorithm>

#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

constexpr std::chrono::milliseconds kIdle{1'000}, kLook{250}, kAtOnce{0};
constexpr const char* kEnds = "the instance ends";
constexpr std::size_t kMostSpare = 64;    // handles kept for the next requests
constexpr std::size_t kMostLinks = 256;   // peers that are remembered
constexpr std::size_t kMostResets = 600;  // a peer ends a connection at a thousand
constexpr std::size_t kUnproven = 4;      // to one that never answered, while half of the room is taken

}  // namespace

HttpLoop::HttpLoop(Reach reach, HttpOptions options, OwedCount& owed, const OwedCount& beside)
    : check_(std::move(reach)), options_(std::move(options)), owed_(owed), beside_(beside) {
  thread_ = std::thread([this] { loop(); });
}

void HttpLoop::submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      owed_ += requests.size();
      arrived_.push_back(std::make_shared<Batch>(std::move(requests), std::move(receiver)));
      return events_.wake();
    }
  }
  for (std::uint32_t i = 0; i < requests.size(); ++i)
    static_cast<void>(receiver->answered(i, wire::no_answer(VESTITEL_E_CANCELLED, kEnds)));
  receiver->finished();
}

void HttpLoop::cancel() {
  cancelled_ = true;
  events_.wake();
}

void HttpLoop::close() {
  stopping_ = true;
  events_.wake();
  if (thread_.joinable()) thread_.join();
}

// ---- its thread -------------------------------------------------------------------------------------------------

void HttpLoop::loop() {
  name_thread("vst-http");
  while (!stopping_) {
    take_arrived();
    if (cancelled_) end_all("cancelled");
    start_waiting();
    events_.run(!heard_.empty() ? kAtOnce : running_.empty() ? kIdle : kLook);
    const bool ended = finish_ended();
    finish_overdue();
    give_up_links();
    if (!ended) pause();
  }
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  take_arrived();
  end_all(kEnds);
}

void HttpLoop::take_arrived() {
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

void HttpLoop::queue(const std::shared_ptr<Batch>& batch, std::uint32_t index) {
  CheckedRequest checked = check_(batch->requests[index]);
  if (checked.refusal) return answer(batch, index, std::move(*checked.refusal));
  Link& link = link_to(checked.peer);
  if (link.parts.empty() || link.parts.back().batch != batch) link.parts.push_back({batch, {}, Steady::now()});
  link.parts.back().waiting.emplace_back(index, checked.only_public);
}

HttpLoop::Link& HttpLoop::link_to(const std::string& peer) {
  if (const auto found = links_.find(peer); found != links_.end()) return found->second;
  if (links_.size() >= kMostLinks)
    std::erase_if(links_, [&](const auto& one) {
      const Link& link = one.second;
      return link.parts.empty() && link.running == 0 && (!link.pace.given_up() || links_.size() >= 2 * kMostLinks);
    });
  return links_[peer];
}

// Peers and, at one peer, batches take turns, so that a large one does not hold up what comes after it.
void HttpLoop::start_waiting() {
  const std::size_t most = room();
  std::size_t idle = 0;  // peers in a row that take none
  while (running_.size() < most && idle < links_.size()) {
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

std::size_t HttpLoop::room() const { return beside_ > 0 ? kHttpInFlight / 2 : kHttpInFlight; }

std::size_t HttpLoop::room_of(const Link& link) const {
  const bool scarce = running_.size() >= room() / 2;
  return scarce && !link.pace.proven() ? std::min(kUnproven, link.pace.limit()) : link.pace.limit();
}

void HttpLoop::start_one(Link& link) {
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
  std::unique_ptr<HttpTransfer> transfer = take_transfer();
  if (!transfer->prepare(std::move(batch->requests[index]), index, batch->receiver, only_public) ||
      !events_.add(transfer->handle()))
    return answer(batch, index,
                  wire::no_answer(VESTITEL_E_CONFIG, "the request cannot be made: its certificate, or no memory"));
  CURL* handle = transfer->handle();
  running_.emplace(handle, Running{std::move(transfer), batch, &link});
  ++link.running;
}

std::unique_ptr<HttpTransfer> HttpLoop::take_transfer() {
  if (spare_.empty()) return std::make_unique<HttpTransfer>(options_);
  std::unique_ptr<HttpTransfer> spare = std::move(spare_.back());
  spare_.pop_back();
  return spare;
}

bool HttpLoop::finish_ended() {
  bool any = false;
  while (CURLMsg* message = events_.next_ended()) {
    any = true;
    finish_with(message->easy_handle, message->data.result);
  }
  return any;
}

void HttpLoop::finish_overdue() {
  const auto now = Steady::now();
  if (now - looked_ < kLook) return;
  looked_ = now;
  std::vector<CURL*> overdue;
  for (const auto& [handle, running] : running_)
    if (running.transfer->overdue(now)) overdue.push_back(handle);
  for (CURL* handle : overdue) finish_with(handle, CURLE_OPERATION_TIMEDOUT);
}

void HttpLoop::finish_with(CURL* handle, CURLcode code) {
  finish(handle, [&](HttpTransfer& transfer, Link& link) {
    auto result = transfer.result(code);
    note_reset(result);
    judge(result, transfer, link);
    return result;
  });
}

// libcurl 7.88 resets each HTTP/2 stream that has ended and whose length was not said before. Peers that count resets,
// against floods of them, end such a connection after some hundred, and what is on its way is lost: it ends before.
void HttpLoop::note_reset(const wire::HttpAnswer& result) {
  if (result.http_version != 20 || says(result, "content-length") || ++resets_ < kMostResets) return;
  if (events_.renew()) resets_ = 0;
}

void HttpLoop::judge(const wire::HttpAnswer& result, const HttpTransfer& transfer, Link& link) {
  if (result.status == 429 || result.status == 503) return link.pace.overloaded();
  const bool well = result.rc == VESTITEL_OK && result.status >= 200 && result.status < 300;
  if (result.rc == VESTITEL_OK || result.rc == VESTITEL_E_DATA)
    return link.pace.answered(transfer.since_left(), well, !link.parts.empty());
  if (result.rc != VESTITEL_E_RETRY) return;
  link.failed = true;
  link.pace.unanswered();
}

void HttpLoop::give_up_links() {
  for (auto& [peer, link] : links_)
    if (std::exchange(link.failed, false) && link.pace.given_up())
      refuse_waiting(link, VESTITEL_E_RETRY, "not sent: the peer had left many unanswered");
}

void HttpLoop::refuse_waiting(Link& link, std::int32_t rc, const char* why) {
  for (Part& part : std::exchange(link.parts, {}))
    for (const auto& [index, only_public] : part.waiting) answer(part.batch, index, wire::no_answer(rc, why));
}

template <class Outcome>
void HttpLoop::finish(CURL* handle, Outcome&& outcome) {
  const auto found = running_.find(handle);
  if (found == running_.end()) return;
  Running ended = std::move(found->second);
  running_.erase(found);
  --ended.link->running;
  events_.remove(handle);
  auto result = outcome(*ended.transfer, *ended.link);
  const std::uint32_t index = ended.transfer->index();
  static_cast<void>(ended.transfer->take_receiver());
  if (spare_.size() < kMostSpare) spare_.push_back(std::move(ended.transfer));
  answer(ended.batch, index, std::move(result));
}

void HttpLoop::answer(const std::shared_ptr<Batch>& batch, std::uint32_t index, wire::HttpAnswer result) {
  --owed_;
  if (!batch->deaf && !batch->receiver->answered(index, std::move(result))) batch->deaf = true;
  if (--batch->left == 0) return batch->receiver->finished();
  if (!std::exchange(batch->heard, true)) heard_.push_back(batch);
}

void HttpLoop::pause() {
  for (const auto& batch : std::exchange(heard_, {})) {
    batch->heard = false;
    if (batch->left > 0) batch->receiver->paused();
  }
}

void HttpLoop::end_all(const char* why) {
  while (!running_.empty()) {
    finish(running_.begin()->first, [&](HttpTransfer& transfer, Link&) {
      auto result = wire::no_answer(VESTITEL_E_CANCELLED, why);
      result.sent = transfer.sent();
      return result;
    });
  }
  for (auto& [peer, link] : links_) refuse_waiting(link, VESTITEL_E_CANCELLED, why);
}

}  // namespace vestitel
