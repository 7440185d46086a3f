#include "core/runner/remote_host.hpp"

#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/plugin/abi_call.hpp"
#include "core/plugin/batch_copy.hpp"
#include "core/plugin/services/tables.hpp"
#include "core/plugin/wire/batch.hpp"
#include "core/plugin/wire/payload.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMostPosted = 16;
constexpr std::uint32_t kInline = 0xFFFFFFFF;
constexpr std::uint64_t kMaxText = 64UL * 1024;
constexpr std::uint32_t kMaxPairs = 32;

// Without the hub there is nothing to do and nobody to tell.
[[noreturn]] void hub_has_gone() { ::_exit(0); }

}  // namespace

struct RemoteHost::Services {
  static RemoteHost& of(const vestitel_host* host) { return *static_cast<RemoteHost*>(static_cast<Asker*>(host->ctx)); }

  static vestitel_rc emit(const vestitel_host* host, const vestitel_batch* batch, vestitel_error* error) {
    if (batch == nullptr) return vestitel::fail(error, VESTITEL_E_INVALID, "the batch is null");
    return serve(error, [&] { return of(host).emit(*batch, error); });
  }
  static vestitel_rc quarantine(const vestitel_host* host, vestitel_place place, vestitel_str element,
                                vestitel_str reason, vestitel_str bytes, vestitel_error* error) {
    return serve(error, [&] {
      const wire::QuarantinedRecord record{
          place.byte,          place.line,         place.column,
          view(element, 4096), view(reason, 4096), view(bytes, std::uint64_t{1} << 30).substr(0, kMaxQuarantinedBytes)};
      return of(host).post(wire::Type::kQuarantine, encode(record), {}, {}, error);
    });
  }
  static vestitel_rc complete(const vestitel_host* host, vestitel_str scope, vestitel_error* error) {
    if (scope.n > 1024) return vestitel::fail(error, VESTITEL_E_INVALID, "the scope is too long");
    return serve(error, [&] { return of(host).post(wire::Type::kComplete, view(scope, 1024), {}, {}, error); });
  }
  static vestitel_rc commit(const vestitel_host* host, vestitel_str cursor, vestitel_error* error) {
    if (cursor.n > kMaxText) return vestitel::fail(error, VESTITEL_E_INVALID, "the cursor is too long");
    return serve(error, [&] {
      const Asked reply = of(host).ask(wire::Type::kCommit, view(cursor, kMaxText));
      return reply.rc < 0 ? of(host).fail(error, reply) : reply.rc;
    });
  }

  static void begin(const vestitel_host* host, std::uint32_t index) {
    send(host, wire::Type::kBegin, wire::PayloadWriter().number(index).view());
  }
  static void settle(const vestitel_host* host, std::uint32_t index, const vestitel_verdict* verdict) {
    if (verdict == nullptr || verdict->size < sizeof(vestitel_verdict)) return;
    serve(nullptr, [&] { return send(host, wire::Type::kSettle, wire::encode(index, *verdict)), VESTITEL_OK; });
  }

  static std::int32_t log_enabled(const vestitel_host*, std::int32_t) { return 1; }
  static void log_write(const vestitel_host* host, std::int32_t level, vestitel_str message, const vestitel_kv* pairs,
                        std::uint32_t n) {
    serve(nullptr, [&]() -> vestitel_rc {
      wire::PayloadWriter out;
      const std::uint32_t count = pairs != nullptr ? std::min(n, kMaxPairs) : 0;
      out.number(level).text(view(message, kMaxText)).number(count);
      for (std::uint32_t i = 0; i < count; ++i) out.text(view(pairs[i].key, 256)).text(view(pairs[i].value, 4096));
      return send(host, wire::Type::kLog, out.view()), VESTITEL_OK;
    });
  }

  static vestitel_rc read_secret(const vestitel_host* host, vestitel_str name, void (*use)(void*, vestitel_str),
                                 void* arg, vestitel_error* error) {
    if (use == nullptr) return vestitel::fail(error, VESTITEL_E_INVALID, "use is null");
    return serve(error, [&]() -> vestitel_rc {
      Asked reply = of(host).ask(wire::Type::kSecret, view(name, 256));
      if (reply.rc < 0) return of(host).fail(error, reply);
      if (reply.rc == VESTITEL_OK) use(arg, to_str(reply.data));
      ::explicit_bzero(reply.data.data(), reply.data.size());
      return reply.rc;
    });
  }

  static void send(const vestitel_host* host, wire::Type type, std::string_view payload) {
    if (!of(host).channel_.send(type, 0, payload)) hub_has_gone();
  }

  static constexpr vestitel_emit_v1 kEmit{sizeof(vestitel_emit_v1), emit, quarantine, complete, commit};
  static constexpr vestitel_delivery_v1 kDelivery{sizeof(vestitel_delivery_v1), begin, settle};
  static constexpr vestitel_log_v1 kLog{sizeof(vestitel_log_v1), log_enabled, log_write};
  static constexpr vestitel_secret_v1 kSecret{sizeof(vestitel_secret_v1), read_secret};

  static const void* get_service(const vestitel_host* host, const char* id) {
    if (id == nullptr) return nullptr;
    const std::uint32_t granted = of(host).hello_.services;
    const std::string_view wanted = id;
    if (wanted == "vestitel.emit/1" && (granted & wire::kServiceEmit) != 0) return &kEmit;
    if (wanted == "vestitel.delivery/1" && (granted & wire::kServiceDelivery) != 0) return &kDelivery;
    if (wanted == "vestitel.log/1" && (granted & wire::kServiceLog) != 0) return &kLog;
    if (wanted == "vestitel.secret/1" && (granted & wire::kServiceSecret) != 0) return &kSecret;
    return service_table(wanted, granted);
  }
  static std::int32_t cancelled(const vestitel_host* host) { return of(host).cancelled_.load() ? 1 : 0; }
  static std::int64_t now_us(const vestitel_host* host) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count() + of(host).hello_.clock_offset_us;
  }
};

RemoteHost::RemoteHost(const wire::Hello& hello, wire::Channel& channel, wire::Region& region)
    : hello_(hello), channel_(channel), region_(region) {
  for (std::uint32_t slot = 0; slot < wire::kSlots; ++slot) free_slots_.push_back(slot);
  host_ = host_table(static_cast<Asker*>(this), hello_.instance, Services::get_service, Services::cancelled,
                     Services::now_us);
}

void RemoteHost::set_cancelled(bool cancelled) {
  const std::lock_guard lock(mutex_);
  cancelled_ = cancelled;
  changed_.notify_all();
}

void RemoteHost::replied(wire::Frame& frame) {
  const auto outcome = wire::decode_outcome(frame.payload);
  if (!outcome) hub_has_gone();
  Asked reply{outcome->rc,
              outcome->retry_after_ms,
              std::string(outcome->field_path),
              std::string(outcome->message),
              std::string(outcome->data),
              {}};
  if (!frame.descriptors.empty()) reply.descriptor = std::move(frame.descriptors.front());
  const std::lock_guard lock(mutex_);
  if (const auto posted = posted_.find(frame.header.call); posted != posted_.end()) {
    if (posted->second.slot) free_slots_.push_back(*posted->second.slot);
    if (reply.rc < 0 && !failure_) failure_ = std::move(reply);
    posted_.erase(posted);
  } else if (const auto waiting = waiting_.find(frame.header.call); waiting != waiting_.end()) {
    waiting->second.reply = std::move(reply);
  }
  changed_.notify_all();
}

void RemoteHost::answered_http(const wire::Frame& frame) {
  const std::lock_guard lock(mutex_);
  if (const auto waiting = waiting_.find(frame.header.call); waiting != waiting_.end())
    waiting->second.answers.emplace_back(frame.payload);
  changed_.notify_all();
}

// ---- as an Asker ------------------------------------------------------------------------------------------------

Asked RemoteHost::ask(wire::Type type, std::string_view payload) { return end_ask(begin_ask(type, payload)); }

std::uint64_t RemoteHost::begin_ask(wire::Type type, std::string_view payload) {
  const std::uint64_t id = next_.fetch_add(1);
  {
    const std::lock_guard lock(mutex_);
    waiting_.try_emplace(id);
  }
  if (!channel_.send(type, id, payload)) hub_has_gone();
  return id;
}

Asked RemoteHost::end_ask(std::uint64_t id) {
  std::unique_lock lock(mutex_);
  Waiting& waiting = waiting_.at(id);
  changed_.wait(lock, [&] { return waiting.reply.has_value(); });
  Asked reply = std::move(*waiting.reply);
  waiting_.erase(id);
  return reply;
}

void RemoteHost::tell(wire::Type type, std::string_view payload) {
  if (!channel_.send(type, 0, payload)) hub_has_gone();
}

Asked RemoteHost::ask_http(std::string_view payload, const std::function<void(std::string_view)>& answered) {
  const std::uint64_t id = next_.fetch_add(1);
  std::unique_lock lock(mutex_);
  Waiting& waiting = waiting_[id];
  lock.unlock();
  if (!channel_.send(wire::Type::kHttp, id, payload)) hub_has_gone();
  lock.lock();
  while (!waiting.reply || !waiting.answers.empty()) {
    changed_.wait(lock, [&] { return waiting.reply || !waiting.answers.empty(); });
    const auto came = std::exchange(waiting.answers, {});
    lock.unlock();
    for (const std::string& one : came) answered(one);
    lock.lock();
  }
  Asked reply = std::move(*waiting.reply);
  waiting_.erase(id);
  return reply;
}

std::int64_t RemoteHost::monotonic_us() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

bool RemoteHost::sleep_until(std::int64_t until) {
  const std::chrono::steady_clock::time_point at{std::chrono::microseconds(until)};
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, at, [this] { return cancelled_.load(); });
}

vestitel_rc RemoteHost::fail(vestitel_error* error, const Asked& reply) const {
  if (error != nullptr) wire::fill(outcome_of(reply), *error);
  return reply.rc;
}

// Waits until something may be posted. Negative: the hub has refused something, or the call is to end.
vestitel_rc RemoteHost::waited(std::unique_lock<std::mutex>& lock, bool slot, vestitel_error* error) {
  changed_.wait(lock, [&] {
    return failure_ || cancelled_ || (posted_.size() < kMostPosted && (!slot || !free_slots_.empty()));
  });
  if (failure_) return fail(error, *failure_);
  if (cancelled_) return vestitel::fail(error, VESTITEL_E_CANCELLED, "the instance has been cancelled");
  return VESTITEL_OK;
}

vestitel_rc RemoteHost::post(wire::Type type, std::string_view payload, std::string_view more, Posted posted,
                             vestitel_error* error) {
  const std::uint64_t id = next_.fetch_add(1);
  {
    std::unique_lock lock(mutex_);
    if (!posted.slot)
      if (const vestitel_rc rc = waited(lock, false, error); rc < 0) return rc;
    posted_.emplace(id, posted);
  }
  if (!channel_.send(type, id, payload, more)) hub_has_gone();
  return VESTITEL_OK;
}

vestitel_rc RemoteHost::emit(const vestitel_batch& batch, vestitel_error* error) {
  if (auto sound = check_batch_shape(batch); !sound) return breach(sound.error().message, error);
  const auto size = wire::encoded_size(batch);
  if (!size) return breach("the batch is larger than the wire takes", error);
  wire::PayloadWriter head;
  if (*size > wire::kSlotBytes) {
    std::string bytes(*size, '\0');
    wire::encode(batch, bytes.data());
    head.number(kInline).number(static_cast<std::uint32_t>(*size));
    return post(wire::Type::kEmit, head.view(), bytes, {}, error);
  }
  std::uint32_t slot = 0;
  {
    std::unique_lock lock(mutex_);
    if (const vestitel_rc rc = waited(lock, true, error); rc < 0) return rc;
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  wire::encode(batch, region_.slot(slot));
  head.number(slot).number(static_cast<std::uint32_t>(*size));
  return post(wire::Type::kEmit, head.view(), {}, {slot}, error);
}

// The hub hears of it, whatever the plugin makes of the answer.
vestitel_rc RemoteHost::breach(const std::string& what, vestitel_error* error) {
  static_cast<void>(post(wire::Type::kBreach, what, {}, {}, nullptr));
  return vestitel::fail(error, VESTITEL_E_INVALID, what);
}

void RemoteHost::begin_work() {
  const std::lock_guard lock(mutex_);
  failure_.reset();
}

void RemoteHost::end_work() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return posted_.empty(); });
}

// ---- the document -----------------------------------------------------------------------------------------------

RemoteHost::Input::~Input() {
  if (asked_) host_.end_ask(*asked_);
}

void RemoteHost::Input::ask_ahead() {
  asked_ = host_.begin_ask(wire::Type::kRead,
                           wire::PayloadWriter().number(wire::kDocumentSlotBytes).number(next_slot_).view());
}

// The piece that was asked for ahead becomes the one that is read, and the slot before it is free for the next.
vestitel_rc RemoteHost::Input::take_next() {
  if (!asked_) ask_ahead();
  const Asked reply = host_.end_ask(*std::exchange(asked_, std::nullopt));
  if (reply.rc < 0) return reply.rc;
  wire::PayloadReader in(reply.data);
  const auto size = in.number<std::uint32_t>();
  if (!in.whole() || size > wire::kDocumentSlotBytes) hub_has_gone();
  piece_ = {host_.region_.document_slot(next_slot_), size};
  end_ = piece_.empty();
  next_slot_ = (next_slot_ + 1) % wire::kDocumentSlots;
  if (!end_) ask_ahead();
  return VESTITEL_OK;
}

vestitel_rc RemoteHost::Input::read(std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
  if (into == nullptr || got == nullptr || cap == 0) return VESTITEL_E_INVALID;
  *got = 0;
  if (host_.cancelled_) return VESTITEL_E_CANCELLED;
  if (piece_.empty() && !end_)
    if (const vestitel_rc rc = take_next(); rc < 0) return rc;
  *got = piece_.copy(reinterpret_cast<char*>(into), cap);
  piece_.remove_prefix(*got);
  return VESTITEL_OK;
}

}  // namespace vestitel
