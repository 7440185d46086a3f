#include "core/plugin/child/runner_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"
#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{100};  // deadlines are kept this exactly
constexpr int kFramesAtOnce = 256;  // before deadlines are looked at again
constexpr milliseconds kPongPatience{5'000};
constexpr milliseconds kDying{1'000};  // from the end of its channel to the end of the process

std::string seconds_text(milliseconds time) {
  const auto tenths = time.count() / 100;
  return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " s";
}

std::string death_text(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const char* name = ::sigabbrev_np(signal);
    std::string text = "its process was ended by signal " + std::to_string(signal);
    if (name != nullptr) text += std::string(" (SIG") + name + ")";
    return signal == SIGSYS ? text + ": it asked the system for what a plugin is not allowed" : text;
  }
  if (WIFEXITED(status)) return "its process ended by itself with exit code " + std::to_string(WEXITSTATUS(status));
  return "its process ended";
}

Error crashed(const std::string& why) { return {Failure::kCrashed, "the plugin died: " + why}; }

milliseconds now_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

RunnerProcess::RunnerProcess(Launcher& launcher, Launched launched, OwnedFd socket, wire::Region region,
                             RunnerServices& services, PrintedLines& lines, milliseconds heartbeat)
    : launcher_(launcher),
      launched_(std::move(launched)),
      channel_(std::move(socket)),
      region_(std::move(region)),
      services_(services),
      lines_(lines),
      port_(std::make_shared<ReplyPort>(*this)),
      heartbeat_(heartbeat),
      heard_(Steady::now()) {}

Result<std::unique_ptr<RunnerProcess>> RunnerProcess::start(Launcher& launcher, const RunnerSpec& spec,
                                                            RunnerServices& services, PrintedLines& lines) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return {Failure::kIo, "making a channel to a plugin: " + os_error()};
  OwnedFd ours(ends[0]), theirs(ends[1]);
  auto region = wire::Region::create();
  if (!region) return region.error();
  if (auto opened = lines.open(); !opened) return opened.error();
  LaunchSpec launch;
  launch.limits = spec.limits;
  launch.network = spec.network;
  launch.program = spec.program;
  launch.socket = theirs.get();
  launch.region = region->descriptor();
  launch.library = spec.library;
  launch.out = lines.out();
  launch.err = lines.err();
  auto launched = launcher.spawn(launch);
  lines.close_writing();
  if (!launched) return launched.error();
  theirs = OwnedFd();
  std::unique_ptr<RunnerProcess> process(new RunnerProcess(launcher, std::move(*launched), std::move(ours),
                                                           std::move(*region), services, lines, spec.heartbeat));
  if (auto greeted = process->greet(spec); !greeted) return greeted.error();
  process->thread_ = std::thread([raw = process.get()] { raw->loop(); });
  return process;
}

// Says hello and waits until the plugin is loaded: its static initializers, init and create run meanwhile.
Result<> RunnerProcess::greet(const RunnerSpec& spec) {
  Result<wire::Frame> frame = Error{Failure::kIo, ""};
  if (auto sent = channel_.send(wire::Type::kHello, 0, encode(spec.hello)); sent) frame = channel_.wait(spec.load);
  lines_.take(now_ms());
  if (!frame) {
    const bool late = frame.error().failure == Failure::kBusy;
    if (late || frame.error().failure == Failure::kInvalid)
      kill(late ? "it was not loaded within " + seconds_text(spec.load) : frame.error().message);
    ended();
    return crashed(death_);
  }
  if (frame->header.type == wire::Type::kRefused) {
    const auto why = wire::decode_outcome(frame->payload);
    const auto rc = why ? why->rc : 0;
    const Failure failure = rc == 3 ? Failure::kNotFound : rc == -9 ? Failure::kDenied : Failure::kInvalid;
    return {failure, why ? safe_text(why->message) : std::string("the runner says nothing about why")};
  }
  auto ready = wire::decode_ready(frame->payload);
  if (frame->header.type != wire::Type::kReady || !ready || ready->version != wire::kVersion)
    return {Failure::kInvalid, "the runner does not speak this protocol"};
  ready_ = std::move(*ready);
  if (launched_.own_user) ready_.sandbox += " own-user";
  if (launched_.own_network) ready_.sandbox += " no-network";
  return Done{};
}

bool ReplyPort::send(wire::Type type, std::uint64_t request, std::string_view payload,
                     std::span<const int> descriptors) {
  const std::lock_guard lock(mutex_);
  return runner_ != nullptr && runner_->alive() && runner_->channel_.send(type, request, payload, {}, descriptors).ok();
}

void ReplyPort::close() {
  const std::lock_guard lock(mutex_);
  runner_ = nullptr;
}

RunnerProcess::~RunnerProcess() {
  port_->close();
  stopping_ = true;
  if (alive_) kill("the hub needs it no more");
  if (thread_.joinable())
    thread_.join();
  else if (alive_)
    ended();
}

Result<CallAnswer> RunnerProcess::call(wire::Type type, std::string_view payload, CallPatience patience) {
  const std::uint64_t id = next_call_.fetch_add(1);
  {
    const std::lock_guard lock(mutex_);
    if (!alive_) return crashed(death_);
    const auto now = Steady::now();
    pending_.emplace(id, Pending{patience, now, now, std::nullopt});
  }
  const auto sent = channel_.send(type, id, payload);
  if (!sent && sent.error().failure == Failure::kBusy) kill("it takes nothing that the hub says");
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pending_.at(id).answer || !alive_; });
  const auto answer = std::move(pending_.at(id).answer);
  pending_.erase(id);
  if (!answer) return crashed(death_);
  return *answer;
}

Result<> RunnerProcess::post(wire::Type type) { return channel_.send(type, 0, {}); }

Result<> RunnerProcess::reply(std::uint64_t request, const wire::Outcome& outcome, std::span<const int> descriptors) {
  return channel_.send(wire::Type::kReply, request, encode(outcome), {}, descriptors);
}

// ---- its thread
// ------------------------------------------------------------------------------------------------------

void RunnerProcess::loop() {
  name_thread("vst-runner");
  while (true) {
    std::array<pollfd, 4> watched{{{channel_.descriptor(), POLLIN, 0},
                                   {launched_.handle.get(), POLLIN, 0},
                                   {lines_.readable(0), POLLIN, 0},
                                   {lines_.readable(1), POLLIN, 0}}};
    // What has been read and not yet looked at is no news for poll.
    static_cast<void>(::poll(watched.data(), watched.size(), behind_ ? 0 : static_cast<int>(kTick.count())));
    lines_.take(now_ms());
    const bool over = (watched[1].revents & POLLIN) != 0;  // asked before the frames: all that it said is read first
    const auto more = take_frames();
    if (!more) kill(more.error().message);
    if (over && !(more && *more)) return ended();
    if (more && !*more) return closed();
    if (const auto why = overdue()) kill(*why);
  }
}

// A process that dies closes its channel a moment before; one that lives on without it is of no use.
void RunnerProcess::closed() {
  pollfd over{launched_.handle.get(), POLLIN, 0};
  if (::poll(&over, 1, static_cast<int>(kDying.count())) == 0) kill("it closed its channel to the hub");
  ended();
}

Result<bool> RunnerProcess::take_frames() {
  behind_ = false;
  for (int taken = 0; taken < kFramesAtOnce; ++taken) {
    auto frame = channel_.receive();
    if (!frame) {
      if (frame.error().failure == Failure::kIo) return false;
      return frame.error();
    }
    if (!*frame) return true;
    heard_ = Steady::now();
    const auto moved = take(**frame);
    if (!moved) return moved.error();
    if (*moved) sign_of_work();
  }
  behind_ = true;
  return true;
}

Result<bool> RunnerProcess::take(wire::Frame& frame) {
  switch (frame.header.type) {
    case wire::Type::kAnswer:
      if (auto fits = answered(frame); !fits) return fits.error();
      return true;
    case wire::Type::kPong: asking_ = false; return false;
    default: return services_.serve(frame, *this);
  }
}

Result<> RunnerProcess::answered(const wire::Frame& frame) {
  const auto outcome = wire::decode_outcome(frame.payload);
  if (!outcome) return {Failure::kInvalid, "its answer makes no sense"};
  const std::lock_guard lock(mutex_);
  const auto found = pending_.find(frame.header.call);
  if (found == pending_.end() || found->second.answer) return {Failure::kInvalid, "it answers a call that nobody made"};
  found->second.answer = CallAnswer{outcome->rc, outcome->retry_after_ms, std::string(outcome->field_path),
                                    std::string(outcome->message), std::string(outcome->data)};
  changed_.notify_all();
  return Done{};
}

void RunnerProcess::sign_of_work() {
  heard_ = Steady::now();
  const std::lock_guard lock(mutex_);
  for (auto& [id, pending] : pending_) pending.sign = heard_;
}

std::optional<std::string> RunnerProcess::overdue() {
  const auto now = Steady::now();
  {
    const std::lock_guard lock(mutex_);
    const bool ours = port_->working();
    for (auto& [id, pending] : pending_) {
      if (pending.answer) continue;
      if (ours) pending.sign = now;
      if (now - pending.sign > pending.patience.silence)
        return "it gave no sign of work for " + seconds_text(pending.patience.silence);
      if (pending.patience.total.count() > 0 && now - pending.began > pending.patience.total)
        return "its call took longer than " + seconds_text(pending.patience.total);
    }
  }
  if (asking_ && now - asked_ > kPongPatience) return "it does not answer";
  if (!asking_ && now - heard_ > heartbeat_) {
    asking_ = true;
    asked_ = now;
    static_cast<void>(post(wire::Type::kPing).ok());
  }
  return std::nullopt;
}

void RunnerProcess::kill(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!killed_for_.empty() || !alive_) return;
    killed_for_ = why;
  }
  static_cast<void>(launcher_.kill(launched_.pid).ok());
}

// The process is gone, or is going: waits for it, and wakes everybody who waits for an answer.
void RunnerProcess::ended() {
  pollfd over{launched_.handle.get(), POLLIN, 0};
  if (::poll(&over, 1, static_cast<int>(kPongPatience.count())) == 0)
    static_cast<void>(launcher_.kill(launched_.pid).ok());
  const auto status = launcher_.reap(launched_.pid);
  lines_.take(now_ms());
  lines_.finish();
  const std::lock_guard lock(mutex_);
  death_ = !killed_for_.empty() ? killed_for_ + ", and was killed"
           : status             ? death_text(*status)
                                : "its end was not seen";
  alive_ = false;
  changed_.notify_all();
}

}  // namespace vestitel
