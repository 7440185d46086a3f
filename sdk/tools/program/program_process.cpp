#include "sdk/tools/program/program_process.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <set>

#include "core/base/os_error.hpp"
#include "core/base/safe_text.hpp"
#include "sdk/tools/program/program.hpp"
#include "sdk/tools/program/program_start.hpp"

namespace vestitel {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{10};       // how soon a cancel is passed on
constexpr milliseconds kReady{20'000};  // an interpreter has much to read
constexpr milliseconds kGoing{2'000};   // from destroy to its end
constexpr milliseconds kDying{5'000};   // from the end of its socket to its end
constexpr int kBroke = 86;              // exit code of a process whose program broke the protocol

// What holds for all programs of this process. Never destroyed: a program may end while the process does.
struct Programs {
  std::mutex mutex;
  std::set<pid_t> living;  // under mutex, as all
  std::function<void(std::string_view)> on_end;
  std::string left;
};
Programs& programs() {
  static auto& one = *new Programs;
  return one;
}

void told(const std::string& why) {
  std::fprintf(stderr, "the program %s\n", why.c_str());
  std::function<void(std::string_view)> tell;
  {
    const std::lock_guard lock(programs().mutex);
    tell = programs().on_end;
  }
  if (tell) tell(why);
}

std::int64_t status_kib(std::string_view field) {
  const std::lock_guard lock(programs().mutex);
  std::int64_t sum = 0;
  for (const pid_t pid : programs().living) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with(field)) sum += std::strtoll(line.c_str() + field.size(), nullptr, 10);
  }
  return sum;
}

}  // namespace

void on_program_end(std::function<void(std::string_view why)> tell) {
  const std::lock_guard lock(programs().mutex);
  programs().on_end = std::move(tell);
}

std::string program_left() {
  const std::lock_guard lock(programs().mutex);
  return programs().left;
}

std::int64_t programs_peak_kib() { return status_kib("VmHWM:"); }
std::int64_t programs_resident_kib() { return status_kib("VmRSS:"); }

ProgramProcess::ProgramProcess(std::string path, pid_t pid, OwnedFd socket, wire::Region region, Holder holder)
    : path_(std::move(path)),
      pid_(pid),
      channel_(std::move(socket)),
      region_(std::move(region)),
      holder_(std::move(holder)) {
  const std::lock_guard lock(programs().mutex);
  programs().living.insert(pid_);
}

Result<std::unique_ptr<ProgramProcess>> ProgramProcess::start(const std::string& path, const wire::Hello& hello,
                                                              Holder holder) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return {Failure::kIo, "making a channel to " + path + ": " + os_error()};
  OwnedFd ours(ends[0]), theirs(ends[1]);
  auto region = wire::Region::create();
  if (!region) return region.error();
  const auto pid = start_program(path, theirs.get(), region->descriptor());
  if (!pid) return pid.error();
  theirs = OwnedFd();
  std::unique_ptr<ProgramProcess> program(
      new ProgramProcess(path, *pid, std::move(ours), std::move(*region), std::move(holder)));
  if (auto greeted = program->greet(hello); !greeted) return greeted.error();
  program->thread_ = std::thread([raw = program.get()] { raw->loop(); });
  return program;
}

Result<> ProgramProcess::greet(const wire::Hello& hello) {
  Result<wire::Frame> frame = Error{Failure::kIo, ""};
  if (auto sent = channel_.send(wire::Type::kHello, 0, encode(hello)); sent) frame = channel_.wait(kReady);
  if (!frame) {
    int status = 0;
    std::string why = frame.error().failure == Failure::kInvalid ? frame.error().message : "it does not answer hello";
    if (frame.error().failure == Failure::kIo && wait_for_end(pid_, kDying, status)) {
      const std::lock_guard lock(programs().mutex);
      programs().living.erase(pid_);
      why = "it " + ending_text(status) + " instead of answering hello";
    }
    return {Failure::kInvalid, "starting " + path_ + ": " + why};
  }
  if (frame->header.type == wire::Type::kRefused) {
    const auto why = wire::decode_outcome(frame->payload);
    const std::string words = why ? safe_text(why->message) : std::string("it does not say why");
    return {why && why->rc == 3 ? Failure::kNotFound : Failure::kInvalid, "starting " + path_ + ": refused: " + words};
  }
  auto ready = wire::decode_ready(frame->payload);
  if (frame->header.type != wire::Type::kReady || !ready || ready->version != wire::kVersion)
    return {Failure::kInvalid, "starting " + path_ + ": it does not speak the runner's protocol"};
  ready_ = std::move(*ready);
  return Done{};
}

ProgramProcess::~ProgramProcess() {
  going_ = true;
  std::string left;
  if (const std::lock_guard lock(programs().mutex); !programs().living.contains(pid_)) return;
  static_cast<void>(channel_.send(wire::Type::kDestroy, next_call_.fetch_add(1), {}).ok());
  if (!thread_.joinable()) channel_.hang_up();  // nobody reads what it may answer
  int status = 0;
  if (!wait_for_end(pid_, kGoing, status)) {
    left = "a process that did not end after destroy";
    ::kill(pid_, SIGKILL);
    wait_for_end(pid_, kGoing, status);
  } else if (status != 0) {
    left = "a process that " + ending_text(status) + " at destroy";
  }
  channel_.hang_up();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(programs().mutex);
  programs().living.erase(pid_);
  if (!left.empty()) programs().left = left;
}

ProgramProcess::Answer ProgramProcess::call(wire::Type type, std::string_view payload) {
  const std::uint64_t id = next_call_.fetch_add(1);
  {
    const std::lock_guard lock(mutex_);
    pending_.emplace(id, std::nullopt);
  }
  tell_cancelled();
  static_cast<void>(channel_.send(type, id, payload).ok());  // where it has gone, this process goes too
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pending_.at(id).has_value(); });
  Answer answer = std::move(*pending_.at(id));
  pending_.erase(id);
  return answer;
}

void ProgramProcess::reply(std::uint64_t request, const wire::Outcome& outcome) {
  static_cast<void>(channel_.send(wire::Type::kReply, request, encode(outcome)).ok());
}

void ProgramProcess::tell_cancelled() {
  const std::lock_guard lock(cancelling_);
  const bool now = holder_.cancelled();
  if (now == told_cancelled_) return;
  told_cancelled_ = now;
  static_cast<void>(channel_.send(now ? wire::Type::kCancel : wire::Type::kResume, 0, {}).ok());
}

// ---- its thread

void ProgramProcess::loop() {
  while (true) {
    pollfd one{channel_.descriptor(), POLLIN, 0};
    static_cast<void>(::poll(&one, 1, static_cast<int>(kLook.count())));
    if (!going_) tell_cancelled();
    const auto more = take_frames();
    if (!more) broken(more.error().message);
    if (!*more) return closed();
  }
}

Result<bool> ProgramProcess::take_frames() {
  while (true) {
    auto frame = channel_.receive();
    if (!frame && frame.error().failure == Failure::kIo) return false;
    if (!frame) return frame.error();
    if (!*frame) return true;
    if (auto taken = take(**frame); !taken) return taken.error();
  }
}

Result<> ProgramProcess::take(const wire::Frame& frame) {
  switch (frame.header.type) {
    case wire::Type::kAnswer: return answered(frame);
    case wire::Type::kPong: return Done{};
    default: return holder_.serve(frame, *this);
  }
}

Result<> ProgramProcess::answered(const wire::Frame& frame) {
  const auto outcome = wire::decode_outcome(frame.payload);
  if (!outcome) return {Failure::kInvalid, "its answer makes no sense"};
  if (going_) return Done{};
  const std::lock_guard lock(mutex_);
  const auto found = pending_.find(frame.header.call);
  if (found == pending_.end() || found->second) return {Failure::kInvalid, "it answers a call that nobody made"};
  found->second = Answer{outcome->rc, outcome->retry_after_ms, outcome->item, std::string(outcome->field_path),
                         std::string(outcome->message)};
  changed_.notify_all();
  return Done{};
}

// The hub would kill it and say why.
void ProgramProcess::broken(const std::string& why) {
  ::kill(pid_, SIGKILL);
  told("broke the runner's protocol: " + why);
  ::_exit(kBroke);
}

void ProgramProcess::closed() {
  if (going_) return;
  int status = 0;
  if (!wait_for_end(pid_, kDying, status)) broken("it closed its channel");
  told(ending_text(status));
  end_alike(status);
}

}  // namespace vestitel
