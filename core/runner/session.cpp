#include "core/runner/session.hpp"

#include <vestitel/abi.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "core/base/thread_name.hpp"
#include "core/plugin/abi_call.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/wire/batch.hpp"
#include "core/plugin/wire/payload.hpp"
#include "core/runner/remote_host.hpp"
#include "core/runner/sandbox.hpp"

namespace vestitel {
namespace {

constexpr std::chrono::milliseconds kForEver{-1};

// Runs what it is given, one after the other, in a thread of its own.
class Lane {
 public:
  explicit Lane(const char* name) : thread_([this, name] { loop(name); }) {}
  // The process ends by _exit: a plugin's call that never returns is not waited for.
  ~Lane() { thread_.detach(); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void run(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    changed_.notify_one();
  }

 private:
  void loop(const char* name) {
    name_thread(name);
    while (true) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !work_.empty(); });
      const auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  std::thread thread_;
};

wire::Descriptor descriptor_of(const PluginDescription& p) {
  wire::Descriptor d;
  d.kind =
      (p.reader ? VESTITEL_KIND_READER : 0) | (p.feed ? VESTITEL_KIND_FEED : 0) | (p.sink ? VESTITEL_KIND_SINK : 0);
  d.flags = (p.concurrent ? VESTITEL_FLAG_CONCURRENT : 0) | (p.needs_net ? VESTITEL_FLAG_NEEDS_NET : 0) |
            (p.idempotent ? VESTITEL_FLAG_IDEMPOTENT : 0);
  d.id = p.id;
  d.name = p.name;
  d.vendor = p.vendor;
  d.version = p.version;
  d.license = p.license;
  d.url = p.url;
  d.config_schema = p.config_schema;
  d.capabilities = p.capabilities;
  return d;
}

class Session {
 public:
  Session(wire::Channel& channel, wire::Hello hello, wire::Region& region, std::string sandbox)
      : channel_(channel), hello_(std::move(hello)), host_(hello_, channel, region) {
    ready_.sandbox = std::move(sandbox);
  }

  Result<> open(OwnedFd library) {
    const auto loaded = PluginLibrary::adopt_opened(std::move(library), hello_.library);
    if (!loaded) return loaded.error();
    for (const PluginDescription& plugin : (*loaded)->plugins()) ready_.plugins.push_back(descriptor_of(plugin));
    if (hello_.plugin.empty()) return Done{};
    return create((*loaded)->entry());
  }

  Result<> serve() {
    if (auto sent = channel_.send(wire::Type::kReady, 0, encode(ready_)); !sent) return sent;
    while (true) {
      auto frame = channel_.wait(kForEver);
      if (!frame) return frame.error();
      take(*frame);
    }
  }

 private:
  Result<> create(const vestitel_entry& entry) {
    const auto rc =
        call_plugin([&](vestitel_error* e) { return entry.create(host_.abi(), to_str(hello_.plugin), &plugin_, e); });
    if (!rc) return rc.error();
    if (*rc == VESTITEL_NOT_FOUND) return {Failure::kNotFound, "the library does not know the plugin id"};
    if (*rc != VESTITEL_OK || plugin_ == nullptr || plugin_->size < sizeof(vestitel_plugin))
      return {Failure::kInvalid, "its create gave nothing that this host knows"};
    if (plugin_->configure == nullptr || plugin_->start == nullptr || plugin_->stop == nullptr ||
        plugin_->destroy == nullptr || plugin_->get_extension == nullptr)
      return {Failure::kInvalid, "a function of its table is null"};
    return find_abilities();
  }

  template <class Table>
  const Table* ability(const char* id) const {
    const auto found = guarded([&] { return plugin_->get_extension(plugin_, id); });
    const auto* table = found ? static_cast<const Table*>(*found) : nullptr;
    return table != nullptr && table->size >= sizeof(Table) ? table : nullptr;
  }

  Result<> find_abilities() {
    parse_ = ability<vestitel_parse_v1>("vestitel.parse/1");
    poll_ = ability<vestitel_poll_v1>("vestitel.poll/1");
    deliver_ = ability<vestitel_deliver_v1>("vestitel.deliver/1");
    ready_.parse = parse_ != nullptr && parse_->parse != nullptr;
    ready_.poll = poll_ != nullptr && poll_->poll != nullptr;
    ready_.deliver = deliver_ != nullptr && deliver_->deliver != nullptr;
    receipts_ = ability<vestitel_receipts_v1>("vestitel.receipts/1");
    ready_.callbacks = receipts_ != nullptr && receipts_->on_callback != nullptr;
    ready_.poll_receipts = receipts_ != nullptr && receipts_->poll_receipts != nullptr;
    ask_ = ability<vestitel_ask_v1>("vestitel.ask/1");
    if (ask_ != nullptr && ask_->ask != nullptr) ready_.max_ask = std::max(ask_->max_batch, 1U);
    ready_.check = plugin_->check != nullptr;
    if (ready_.deliver) {
      ready_.max_batch = deliver_->max_batch;
      ready_.max_body = deliver_->max_body;
      ready_.max_send_us = deliver_->max_send_us;
    }
    return Done{};
  }

  void take(wire::Frame& frame) {
    switch (frame.header.type) {
      case wire::Type::kReply: return host_.replied(frame);
      case wire::Type::kHttpAnswer: return host_.answered_http(frame);
      case wire::Type::kCancel: return host_.set_cancelled(true);
      case wire::Type::kResume: return host_.set_cancelled(false);
      case wire::Type::kPing: return static_cast<void>(channel_.send(wire::Type::kPong, 0, {}).ok());
      default: return queue(frame.header, std::string(frame.payload));
    }
  }

  void queue(wire::Header header, std::string payload) {
    Lane& lane = header.type >= wire::Type::kSniff ? work_ : control_;
    lane.run([this, header, payload = std::move(payload)] { answer(header, payload); });
  }

  void answer(const wire::Header& header, std::string_view payload) {
    vestitel_error error = fresh_error();
    vestitel_rc rc = VESTITEL_E_INTERNAL;
    const auto called = guarded([&] { return call(header.type, payload, &error); });
    if (called)
      rc = *called;
    else
      fail(&error, rc, called.error().message);
    static_cast<void>(channel_.send(wire::Type::kAnswer, header.call, encode(wire::outcome_of(rc, error))).ok());
  }

  vestitel_rc call(wire::Type type, std::string_view payload, vestitel_error* error) {
    if (plugin_ == nullptr) return fail(error, VESTITEL_E_INVALID, "there is no instance");
    switch (type) {
      case wire::Type::kConfigure: return plugin_->configure(plugin_, to_str(payload), error);
      case wire::Type::kCheck: return plugin_->check == nullptr ? VESTITEL_OK : plugin_->check(plugin_, error);
      case wire::Type::kStart: return plugin_->start(plugin_, error);
      case wire::Type::kStop: return plugin_->stop(plugin_, wire::PayloadReader(payload).number<std::int64_t>());
      case wire::Type::kDestroy: plugin_->destroy(plugin_); ::_exit(0);
      case wire::Type::kSniff: return sniff(payload);
      case wire::Type::kParse: return parse(payload, error);
      case wire::Type::kPoll: return poll(payload, error);
      case wire::Type::kDeliver: return deliver(payload, error);
      case wire::Type::kCallback: return callback(payload, error);
      case wire::Type::kPollReceipts: return poll_receipts(payload, error);
      case wire::Type::kAsk: return ask(payload, error);
      default: return fail(error, VESTITEL_E_UNSUPPORTED, "the runner does not know this call");
    }
  }

  vestitel_rc sniff(std::string_view payload) {
    wire::PayloadReader in(payload);
    const auto name = in.text();
    const auto head = in.rest();
    if (!ready_.parse || parse_->sniff == nullptr) return 0;
    return parse_->sniff(plugin_, to_str(name), reinterpret_cast<const std::uint8_t*>(head.data()), head.size());
  }

  static vestitel_rc read(void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
    return vestitel::serve(nullptr, [&] { return static_cast<RemoteHost::Input*>(ctx)->read(into, cap, got); });
  }

  vestitel_rc parse(std::string_view payload, vestitel_error* error) {
    const auto head = wire::decode_document(payload);
    if (!head || !ready_.parse) return fail(error, VESTITEL_E_UNSUPPORTED, "the instance reads no documents");
    vestitel_document document{};
    document.size = sizeof document;
    document.flags = head->flags;
    document.as_of_us = head->as_of_us;
    document.total_bytes = head->total_bytes;
    document.name = to_str(head->name);
    document.media_type = to_str(head->media_type);
    document.partner = to_str(head->partner);
    RemoteHost::Input bytes(host_);
    const vestitel_input input{sizeof input, &bytes, read};
    const Working working(host_);
    return parse_->parse(plugin_, &document, &input, error);
  }

  vestitel_rc poll(std::string_view payload, vestitel_error* error) {
    wire::PayloadReader in(payload);
    const auto max = in.number<std::uint32_t>();
    const auto cursor = in.text();
    if (!in.whole() || !ready_.poll) return fail(error, VESTITEL_E_UNSUPPORTED, "the instance is not polled");
    const Working working(host_);
    return poll_->poll(plugin_, to_str(cursor), max, error);
  }

  vestitel_rc deliver(std::string_view payload, vestitel_error* error) {
    const auto batch = wire::decode_messages(payload);
    if (!batch || !ready_.deliver) return fail(error, VESTITEL_E_UNSUPPORTED, "the instance delivers nothing");
    return deliver_->deliver(plugin_, &*batch, error);
  }

  vestitel_rc callback(std::string_view payload, vestitel_error* error) {
    wire::PayloadReader in(payload);
    const auto head = in.text();
    if (!in.ok() || !ready_.callbacks) return fail(error, VESTITEL_E_UNSUPPORTED, "the instance hears no callbacks");
    const auto body = in.rest();
    return receipts_->on_callback(plugin_, to_str(head), reinterpret_cast<const std::uint8_t*>(body.data()),
                                  body.size(), error);
  }

  vestitel_rc poll_receipts(std::string_view payload, vestitel_error* error) {
    wire::PayloadReader in(payload);
    const auto most = in.number<std::uint32_t>();
    if (!in.whole() || !ready_.poll_receipts)
      return fail(error, VESTITEL_E_UNSUPPORTED, "the instance is not polled for receipts");
    return receipts_->poll_receipts(plugin_, most, error);
  }

  vestitel_rc ask(std::string_view payload, vestitel_error* error) {
    const auto batch = wire::decode_doubts(payload);
    if (!batch || ready_.max_ask == 0) return fail(error, VESTITEL_E_UNSUPPORTED, "the instance cannot be asked");
    return ask_->ask(plugin_, &*batch, error);
  }

  // What the plugin posted during a call has been answered before the call is.
  struct Working {
    explicit Working(RemoteHost& remote) : host(remote) { host.begin_work(); }
    ~Working() { host.end_work(); }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;
    RemoteHost& host;
  };

  wire::Channel& channel_;
  const wire::Hello hello_;
  RemoteHost host_;
  wire::Ready ready_;
  vestitel_plugin* plugin_ = nullptr;
  const vestitel_parse_v1* parse_ = nullptr;
  const vestitel_poll_v1* poll_ = nullptr;
  const vestitel_deliver_v1* deliver_ = nullptr;
  const vestitel_receipts_v1* receipts_ = nullptr;
  const vestitel_ask_v1* ask_ = nullptr;
  Lane control_{"control"}, work_{"work"};
};

std::int32_t rc_of_refusal(Failure failure) {
  return failure == Failure::kNotFound ? VESTITEL_NOT_FOUND
         : failure == Failure::kDenied ? VESTITEL_E_DENIED
                                       : VESTITEL_E_INVALID;
}

int refuse(wire::Channel& channel, const Error& why) {
  wire::Outcome outcome;
  outcome.rc = rc_of_refusal(why.failure);
  outcome.message = std::string_view(why.message).substr(0, sizeof(vestitel_error::message));
  static_cast<void>(channel.send(wire::Type::kRefused, 0, encode(outcome)).ok());
  return 1;
}

}  // namespace

int run_session(OwnedFd socket, OwnedFd region, OwnedFd library) {
  wire::Channel channel(std::move(socket));
  const auto first = channel.wait(kForEver);
  if (!first || first->header.type != wire::Type::kHello) return 2;
  auto hello = wire::decode_hello(first->payload);
  if (!hello) return 2;
  if (hello->least > wire::kVersion || hello->most < wire::kVersion)
    return refuse(channel, {Failure::kInvalid, "hub and runner speak no version in common"});
  auto memory = wire::Region::attach(std::move(region));
  if (!memory) return refuse(channel, memory.error());
  // Before the library, whose initializers are the plugin's code already, and before there is a second thread: the
  // sandbox holds for the thread that enters it and for those that it makes.
  auto sandbox = enter_sandbox(hello->paths, library.get());
  if (!sandbox) return refuse(channel, sandbox.error());
  // Neither is ever destroyed: plugin threads may use them until the process ends.
  auto& session = *new Session(channel, std::move(*hello), *new wire::Region(std::move(*memory)), std::move(*sandbox));
  if (auto opened = session.open(std::move(library)); !opened) return refuse(channel, opened.error());
  static_cast<void>(session.serve().ok());
  return 0;
}

}  // namespace vestitel
