// A reader over the bare C ABI that does to its process, and tries to do to others, what its document's name says.
//
// A deed is either a fault, after which the process is expected to be gone or hanging, or an attempt at something that
// is forbidden: that ends in a quarantined record whose reason is "denied" or "done".
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include <vestitel/abi.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr vestitel_str text(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(vestitel_str s) { return {s.p, static_cast<std::size_t>(s.n)}; }

struct Hostile {
  vestitel_plugin abi{};
  const vestitel_host* host = nullptr;
  [[nodiscard]] const vestitel_emit_v1* emit() const {
    return static_cast<const vestitel_emit_v1*>(host->get_service(host, "vestitel.emit/1"));
  }
};

// ---- faults --------------------------------------------------------------------------------------------------------

// NOLINTBEGIN: what follows is wrong on purpose.
volatile int sink_of_values = 0;

int endless_depth(volatile char* above) {
  volatile char room[4096];
  room[0] = static_cast<char>(*above + 1);
  return endless_depth(room) + room[0] + *above;
}
void leak() {
  while (true) {
    char* block = static_cast<char*>(std::malloc(1 << 20));
    if (block == nullptr) std::abort();
    std::memset(block, 1, 1 << 20);
  }
}
void hoard_descriptors() {
  while (::open("/dev/null", O_RDONLY) >= 0 || ::dup(0) >= 0) continue;
}
void close_descriptors() {
  for (int fd = 0; fd < 1024; ++fd) ::close(fd);
  while (true) ::pause();
}
void print_without_end(int fd) {
  const std::string line(4000, 'x');
  while (::write(fd, line.data(), line.size()) >= 0) continue;
  while (true) ::pause();
}
void say_without_end(const vestitel_host* host) {
  const auto* log = static_cast<const vestitel_log_v1*>(host->get_service(host, "vestitel.log/1"));
  const std::string line(400, 'y');
  while (true) log->write(host, VESTITEL_LOG_ERROR, text(line), nullptr, 0);
}
void make_threads() {
  std::vector<std::thread> threads;
  try {
    while (true)
      threads.emplace_back([] {
        while (true) ::pause();
      });
  } catch (...) {
  }
  while (true) ::pause();
}
void write_nonsense_to_the_hub() {
  const std::string nonsense(100, 'z');
  static_cast<void>(::send(3, nonsense.data(), nonsense.size(), MSG_NOSIGNAL));
  while (true) ::pause();
}
// A frame that says that 48 MiB follow, and nothing follows.
void begin_a_frame() {
  char header[24] = {'V', 'S', 'R', '1', 64, 0, 0, 0, 0, 0, 0, 3};
  static_cast<void>(::send(3, header, sizeof header, MSG_NOSIGNAL));
  while (true) ::pause();
}
// An answer to a call that nobody made.
void answer_the_hub() {
  char frame[24 + 32] = {'V', 'S', 'R', '1', 48, 0, 0, 0, 32, 0, 0, 0};
  frame[16] = 99;
  static_cast<void>(::send(3, frame, sizeof frame, MSG_NOSIGNAL));
  while (true) ::pause();
}
void scribble_over_the_shared_memory() {
  struct stat status {};
  if (::fstat(4, &status) != 0) return;
  void* base = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, 4, 0);
  while (true) std::memset(base, std::rand() & 0xFF, static_cast<std::size_t>(status.st_size));
}

void fault(std::string_view deed, const Hostile& self) {
  if (deed == "exit") std::exit(0);
  if (deed == "quick exit") ::_exit(1);
  if (deed == "abort") std::abort();
  if (deed == "terminate") std::terminate();
  if (deed == "null pointer") *reinterpret_cast<volatile int*>(8) = 1;
  if (deed == "divide by zero") {
    volatile int some = 7, zero = 0;
    sink_of_values = some / zero;
  }
  if (deed == "illegal instruction") __builtin_trap();
  if (deed == "stack overflow") sink_of_values = endless_depth(reinterpret_cast<volatile char*>(&deed));
  if (deed == "throw across") throw std::runtime_error("thrown across the border");
  if (deed == "throw in a thread") std::thread([] { throw 5; }).join();
  if (deed == "end its thread") ::pthread_exit(nullptr);
  if (deed == "broken pipe") ::raise(SIGPIPE);
  if (deed == "stop itself") ::raise(SIGSTOP);
  if (deed == "endless loop")
    while (true) sink_of_values = sink_of_values + 1;
  if (deed == "sleep")
    while (true) ::pause();
  if (deed == "leak") leak();
  if (deed == "hoard descriptors") hoard_descriptors();
  if (deed == "close descriptors") close_descriptors();
  if (deed == "print without end") print_without_end(1);
  if (deed == "complain without end") print_without_end(2);
  if (deed == "log without end") say_without_end(self.host);
  if (deed == "make threads") make_threads();
  if (deed == "nonsense to the hub") write_nonsense_to_the_hub();
  if (deed == "half a frame") begin_a_frame();
  if (deed == "answer unasked") answer_the_hub();
  if (deed == "scribble") scribble_over_the_shared_memory();
}

// ---- attempts: true when what must not be was done
// -------------------------------------------------------------------

bool opens(const char* path, int flags = O_RDONLY) {
  const int fd = ::open(path, flags | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}
bool connects(int family, const sockaddr* address, socklen_t size) {
  const int fd = ::socket(family, SOCK_STREAM, 0);
  if (fd < 0) return false;
  const bool done = ::connect(fd, address, size) == 0 || errno == ECONNREFUSED;
  ::close(fd);
  return done;
}
bool connects_by_tcp(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connects(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}
bool connects_to_abstract() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, "hub", 3);
  return connects(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t) + 4);
}
bool runs_written_code() {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) return true;
  page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page != MAP_FAILED && ::mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}
bool raises_a_limit() {
  rlimit none{RLIM_INFINITY, RLIM_INFINITY};
  return ::setrlimit(RLIMIT_AS, &none) == 0 || ::setrlimit(RLIMIT_CORE, &none) == 0;
}
bool reads_of_others() {
  const std::string parent = "/proc/" + std::to_string(::getppid());
  return opens((parent + "/environ").c_str()) || opens((parent + "/mem").c_str(), O_RDWR) || opens("/proc/1/environ") ||
         opens("/proc/kcore");
}
bool lists(const char* folder) {
  DIR* dir = ::opendir(folder);
  if (dir != nullptr) ::closedir(dir);
  return dir != nullptr;
}

// `deed` is "WORD ARGUMENT".
bool attempt(std::string_view deed) {
  const auto space = deed.find(' ');
  const std::string word(deed.substr(0, space));
  const std::string argument(space == std::string_view::npos ? "" : deed.substr(space + 1));
  if (word == "open") return opens(argument.c_str());
  if (word == "write") return opens(argument.c_str(), O_WRONLY | O_CREAT);
  if (word == "list") return lists(argument.c_str());
  if (word == "link") return ::link(argument.c_str(), (argument + "-too").c_str()) == 0;
  if (word == "rename") return ::rename(argument.c_str(), (argument + "-too").c_str()) == 0;
  if (word == "remove") return ::unlink(argument.c_str()) == 0;
  if (word == "connect") return connects_by_tcp(static_cast<std::uint16_t>(std::atoi(argument.c_str())));
  if (word == "abstract") return connects_to_abstract();
  if (word == "listen") return ::socket(AF_INET6, SOCK_STREAM, 0) >= 0;
  if (word == "raw-socket") return ::socket(AF_PACKET, SOCK_RAW, 0) >= 0;
  if (word == "netlink") return ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
  if (word == "fork") return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0;
  if (word == "clone3") return ::syscall(SYS_clone3, nullptr, 0) >= 0 || errno != ENOSYS;
  if (word == "kill-parent") return ::kill(::getppid(), SIGKILL) == 0;
  if (word == "kill-all") return ::kill(-1, SIGKILL) == 0;
  if (word == "queue-signal") return ::sigqueue(::getppid(), SIGTERM, {}) == 0;
  if (word == "written-code") return runs_written_code();
  if (word == "limits") return raises_a_limit();
  if (word == "others") return reads_of_others();
  if (word == "shared-memory") return ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0;
  if (word == "shrink") return ::ftruncate(4, 0) == 0;
  if (word == "priority") return ::setpriority(PRIO_PROCESS, 0, -20) == 0;
  if (word == "session") return ::setsid() >= 0;
  if (word == "chmod") return ::chmod(argument.c_str(), 0777) == 0;
  if (word == "symlink") return ::symlink("/etc/shadow", argument.c_str()) == 0;
  if (word == "capabilities") return ::prctl(24 /* PR_CAPBSET_DROP */, 0, 0, 0, 0) == 0;
  return true;
}

// Attempts that end the process on the spot.
void deadly(std::string_view deed) {
  if (deed == "exec") ::execl("/bin/sh", "sh", "-c", "true", nullptr);
  if (deed == "ptrace") ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr);
  if (deed == "read memory") {
    iovec piece{};
    ::process_vm_readv(::getppid(), &piece, 1, &piece, 1, 0);
  }
  if (deed == "bpf") ::syscall(SYS_bpf, BPF_MAP_CREATE, nullptr, 0);
  if (deed == "io_uring") ::syscall(SYS_io_uring_setup, 1, nullptr);
  if (deed == "userfaultfd") ::syscall(SYS_userfaultfd, 0);
  if (deed == "unshare") ::unshare(CLONE_NEWUSER);
  if (deed == "mount") ::syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr);
  if (deed == "keyctl") ::syscall(SYS_keyctl, 0, 0, 0, 0, 0);
  if (deed == "memfd and exec") ::syscall(SYS_execveat, ::memfd_create("x", 0), "", nullptr, nullptr, AT_EMPTY_PATH);
  if (deed == "vfork") static_cast<void>(::syscall(SYS_vfork));
}
// NOLINTEND

// ---- the plugin
// ------------------------------------------------------------------------------------------------------

Hostile& self_of(vestitel_plugin* plugin) { return *static_cast<Hostile*>(plugin->self); }

vestitel_rc report(const Hostile& self, std::string_view what, bool done, vestitel_error* error) {
  return self.emit()->quarantine(self.host, {0, 1, 1}, text(what), text(done ? "done" : "denied"), {}, error);
}

vestitel_rc parse(vestitel_plugin* plugin, const vestitel_document* document, const vestitel_input*,
                  vestitel_error* error) {
  const Hostile& self = self_of(plugin);
  const std::string_view name = view(document->name);
  const auto colon = name.find(": ");
  const std::string_view kind = name.substr(0, colon), deed = colon == name.npos ? "" : name.substr(colon + 2);
  if (kind == "fault") fault(deed, self);
  if (kind == "deadly") deadly(deed);
  if (kind == "attempt") return report(self, deed, attempt(deed), error);
  return VESTITEL_OK;
}

vestitel_rc well(vestitel_plugin*, vestitel_str, vestitel_error*) { return VESTITEL_OK; }
vestitel_rc start(vestitel_plugin*, vestitel_error*) { return VESTITEL_OK; }
vestitel_rc stop(vestitel_plugin*, int64_t) { return VESTITEL_OK; }
void destroy(vestitel_plugin* plugin) { delete &self_of(plugin); }
const vestitel_parse_v1 kParse{sizeof kParse, nullptr, parse};
const void* get_extension(vestitel_plugin*, const char* id) {
  return std::strcmp(id, "vestitel.parse/1") == 0 ? &kParse : nullptr;
}

constexpr vestitel_descriptor kDescriptor{sizeof kDescriptor,
                                          VESTITEL_KIND_READER,
                                          0,
                                          0,
                                          text("org.test.hostile"),
                                          text("Hostile"),
                                          text("test"),
                                          text("1.0.0"),
                                          text(""),
                                          text(""),
                                          text("{}"),
                                          text("{}")};

vestitel_rc init(vestitel_str) {
#ifdef FAULT_INIT
  while (true) ::pause();
#endif
  return VESTITEL_OK;
}
std::uint32_t count() { return 1; }
const vestitel_descriptor* describe(std::uint32_t index) { return index == 0 ? &kDescriptor : nullptr; }
vestitel_rc create(const vestitel_host* host, vestitel_str, vestitel_plugin** out, vestitel_error*) {
#ifdef FAULT_CREATE
  std::abort();
#endif
  auto* self = new Hostile;
  self->host = host;
  self->abi = {sizeof(vestitel_plugin), self, well, nullptr, start, stop, destroy, get_extension};
  *out = &self->abi;
  return VESTITEL_OK;
}

// Faults of static initializers: they happen while the library is loaded.
struct AtLoad {
  AtLoad() {
#if defined(FAULT_STATIC_EXIT)
    ::_exit(0);
#elif defined(FAULT_STATIC_ABORT)
    std::abort();
#elif defined(FAULT_STATIC_SEGFAULT)
    *reinterpret_cast<volatile int*>(8) = 1;
#elif defined(FAULT_STATIC_THROW)
    throw std::runtime_error("thrown by a static initializer");
#elif defined(FAULT_STATIC_LOOP)
    while (true) sink_of_values = sink_of_values + 1;
#elif defined(FAULT_STATIC_EXEC)
    ::execl("/bin/sh", "sh", "-c", "true", nullptr);
#endif
  }
} at_load;

}  // namespace

extern "C" {
extern VESTITEL_EXPORT const vestitel_entry vestitel_plugin_entry_v1;
const vestitel_entry vestitel_plugin_entry_v1 = {VESTITEL_MAGIC,
                                                 sizeof(vestitel_entry),
                                                 VESTITEL_ABI_MAJOR,
                                                 VESTITEL_ABI_MINOR,
                                                 0,
                                                 text("test"),
                                                 text("test"),
                                                 init,
                                                 nullptr,
                                                 count,
                                                 describe,
                                                 create};
}
