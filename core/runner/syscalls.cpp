// The system calls that a plugin's process may make. What is not listed answers EPERM, so that a library that merely
// tries goes on without; what only an attack asks for ends the process.
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "core/base/os_error.hpp"
#include "core/runner/sandbox.hpp"

namespace vestitel {
namespace {

// Computing, memory, time, threads and their signals.
constexpr int kSelf[] = {
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getresgid),
    SCMP_SYS(uname),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
    SCMP_SYS(sysinfo),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(rseq),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(membarrier),
    SCMP_SYS(getcpu),
    SCMP_SYS(timer_create),
    SCMP_SYS(timer_settime),
    SCMP_SYS(timer_delete),
    SCMP_SYS(arch_prctl),
};

// Descriptors that are there, and files that Landlock and the process's user let it open.
constexpr int kDescriptors[] = {
    SCMP_SYS(read),          SCMP_SYS(write),          SCMP_SYS(readv),
    SCMP_SYS(writev),        SCMP_SYS(pread64),        SCMP_SYS(pwrite64),
    SCMP_SYS(close),         SCMP_SYS(lseek),          SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),    SCMP_SYS(stat),           SCMP_SYS(lstat),
    SCMP_SYS(statx),         SCMP_SYS(statfs),         SCMP_SYS(fstatfs),
    SCMP_SYS(open),          SCMP_SYS(openat),         SCMP_SYS(access),
    SCMP_SYS(faccessat),     SCMP_SYS(faccessat2),     SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),    SCMP_SYS(getdents64),     SCMP_SYS(getcwd),
    SCMP_SYS(dup),           SCMP_SYS(dup2),           SCMP_SYS(dup3),
    SCMP_SYS(pipe2),         SCMP_SYS(eventfd2),       SCMP_SYS(poll),
    SCMP_SYS(ppoll),         SCMP_SYS(select),         SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),      SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),   SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
    SCMP_SYS(ftruncate),     SCMP_SYS(fsync),          SCMP_SYS(fdatasync),
    SCMP_SYS(mkdir),         SCMP_SYS(mkdirat),        SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),      SCMP_SYS(rename),         SCMP_SYS(renameat),
    SCMP_SYS(renameat2),     SCMP_SYS(flock),          SCMP_SYS(fallocate),
    SCMP_SYS(close_range),   SCMP_SYS(link),           SCMP_SYS(linkat),
};

// Sockets that the hub connected and handed over. Making one is not among them.
constexpr int kSockets[] = {
    SCMP_SYS(sendto),     SCMP_SYS(recvfrom),   SCMP_SYS(sendmsg),     SCMP_SYS(recvmsg),     SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
};

// Nobody asks for these by mistake.
constexpr int kAttacks[] = {
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(bpf),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(reboot),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(personality),
    SCMP_SYS(setuid),
    SCMP_SYS(setresuid),
    SCMP_SYS(memfd_create),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
};

class Filter {
 public:
  Filter() : filter_(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), ::seccomp_release) {}

  template <std::size_t N>
  Filter& all(std::uint32_t action, const int (&calls)[N]) {
    for (const int call : calls) add(action, call);
    return *this;
  }
  template <class... Conditions>
  Filter& add(std::uint32_t action, int call, Conditions... conditions) {
    const scmp_arg_cmp list[] = {conditions..., {}};
    if (filter_ && ::seccomp_rule_add_array(filter_.get(), action, call, sizeof...(conditions), list) != 0) bad_ = true;
    return *this;
  }
  Result<> load() {
    if (!filter_ || bad_) return {Failure::kDenied, "keeping the runner's system calls: the list cannot be made"};
    ::seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    const int failed = ::seccomp_load(filter_.get());
    if (failed != 0) return {Failure::kDenied, "keeping the runner's system calls: " + os_error(-failed)};
    return Done{};
  }

 private:
  std::unique_ptr<void, decltype(&::seccomp_release)> filter_;
  bool bad_ = false;
};

scmp_arg_cmp equal(unsigned argument, std::uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

// A thread of this process and nothing else. glibc asks clone3 first, whose flags cannot be seen from here, and takes
// ENOSYS for "use clone".
void allow_threads(Filter& filter) {
  constexpr std::uint64_t kThread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
  filter.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(clone), masked(0, kThread, kThread));
}

// Memory is never writable and code at the same time, and what was written never becomes code.
void allow_memory(Filter& filter) {
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), masked(2, PROT_EXEC, 0));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), masked(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), masked(3, MAP_ANONYMOUS, 0));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), masked(2, PROT_EXEC, 0));
}

// Signals go to this process alone (abort sends itself one), limits are looked at, names are given to threads.
void allow_own_affairs(Filter& filter) {
  const auto self = static_cast<std::uint64_t>(::getpid());
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), equal(0, self));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(kill), equal(0, self));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), equal(0, 0), equal(2, 0));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(getrlimit));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl), equal(0, PR_SET_NAME));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl), equal(0, PR_GET_NAME));
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC, F_GETLK, F_SETLK, F_SETLKW})
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), equal(1, static_cast<std::uint64_t>(command)));
  for (const std::uint64_t request : {std::uint64_t{FIONBIO}, std::uint64_t{FIONREAD}, std::uint64_t{FIOCLEX}})
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(ioctl), equal(1, request));
  filter.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2));
}

}  // namespace

Result<> allow_system_calls(Execve execve) {
  Filter filter;
  filter.all(SCMP_ACT_ALLOW, kSelf).all(SCMP_ACT_ALLOW, kDescriptors).all(SCMP_ACT_ALLOW, kSockets);
  filter.all(SCMP_ACT_KILL_PROCESS, kAttacks);
  filter.add(execve == Execve::kAllowed ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve));
  allow_threads(filter);
  allow_memory(filter);
  allow_own_affairs(filter);
  return filter.load();
}

}  // namespace vestitel
