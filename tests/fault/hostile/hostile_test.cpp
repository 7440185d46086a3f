#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/fault/hostile/deeds.hpp"
#include "tests/fault/hostile/hostile_rig.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {
namespace {

HostileRig& rig() {
  static HostileRig one(TEST_RUNNERS, TEST_LIBRARIES);
  return one;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), with);
  return text;
}

// A socket that listens on loopback; what connects is counted by the kernel's queue.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd_.get(), 8) == 0);
    REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }
  bool reached() const { return ::accept(fd_.get(), nullptr, nullptr) >= 0; }
  int port = 0;

 private:
  OwnedFd fd_;
};

}  // namespace

TEST_CASE("a fault of a plugin ends its own process, and the next call finds another", "[hostile]") {
  for (const Fault& fault : kFaults) {
    INFO(fault.deed);
    auto plugin = rig().create("hostile", "hostile");
    REQUIRE(plugin.ok());
    Notes notes;
    const auto failure = do_deed(**plugin, "fault: " + fault.deed, notes);
    REQUIRE(failure);
    INFO(failure->error.message);
    CHECK(failure->error.failure == Failure::kCrashed);
    CHECK(failure->error.message.find(fault.said) != std::string::npos);

    const auto too_soon = do_deed(**plugin, "well", notes);
    REQUIRE(too_soon);
    CHECK(too_soon->error.failure == Failure::kBusy);
    rig().wait_out();
    CHECK_FALSE(do_deed(**plugin, "well", notes));
  }
}

TEST_CASE("an exception that leaves the plugin is an error of the call", "[hostile]") {
  auto plugin = rig().create("hostile", "hostile");
  REQUIRE(plugin.ok());
  Notes notes;
  const auto failure = do_deed(**plugin, "fault: throw across", notes);
  REQUIRE(failure);
  CHECK(failure->error.failure == Failure::kInternal);
  CHECK_FALSE(do_deed(**plugin, "well", notes));
}

TEST_CASE("a plugin that opens what it can does no more than run out of descriptors", "[hostile]") {
  auto plugin = rig().create("hostile", "hostile");
  REQUIRE(plugin.ok());
  Notes notes;
  CHECK_FALSE(do_deed(**plugin, "fault: hoard descriptors", notes));
  CHECK_FALSE(do_deed(**plugin, "well", notes));
}

TEST_CASE("a fault at load is told, and makes no instance", "[hostile]") {
  for (const Fault& fault : kFaultsAtLoad) {
    const auto plugin = rig().create(fault.deed, "hostile");
    INFO(fault.deed);
    REQUIRE_FALSE(plugin.ok());
    INFO(plugin.error().message);
    CHECK(plugin.error().message.find(fault.said) != std::string::npos);
  }
}

TEST_CASE("a plugin that asks for what only an attack needs is ended at once", "[hostile]") {
  for (const std::string& deed : kDeadly) {
    auto plugin = rig().create("hostile", "hostile");
    REQUIRE(plugin.ok());
    Notes notes;
    const auto failure = do_deed(**plugin, "deadly: " + deed, notes);
    INFO(deed);
    REQUIRE(failure);
    CHECK(failure->error.message.find("SIGSYS") != std::string::npos);
  }
}

TEST_CASE("what the sandbox does not grant is denied, and the plugin goes on", "[hostile]") {
  const TempFolder folder;
  const std::string file = folder / "vestitel.db";
  std::ofstream(file) << "personal";
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  REQUIRE(::chmod(file.c_str(), 0666) == 0);
  const Listener listener;
  auto plugin = rig().create("hostile", "hostile");
  REQUIRE(plugin.ok());
  for (const std::string& named : kAttempts) {
    std::string deed = replaced(replaced(named, "FILE", file), "FOLDER", folder.path().string());
    deed = replaced(deed, "PORT", std::to_string(listener.port));
    Notes notes;
    const auto failure = do_deed(**plugin, "attempt: " + deed, notes);
    INFO(deed << (failure ? ": " + failure->error.message : ""));
    CHECK_FALSE(failure);
    REQUIRE(notes.lines.size() == 1);
    CHECK(notes.lines.front().find(": denied") != std::string::npos);
  }
  CHECK_FALSE(listener.reached());
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("a message on which a sink dies three times is given up, and all others arrive once", "[hostile]") {
  auto plugin = rig().create("dying-sink", "dying");
  REQUIRE(plugin.ok());
  std::map<std::string, std::string> fate;  // by key: what became of it in the end
  std::map<std::string, int> begun;
  std::vector<Message> left;
  for (const char* body : {"well", "well", "die", "well", "die begun", "well"}) {
    Message m;
    m.outbox_id = static_cast<std::int64_t>(left.size()) + 1;
    m.idem_key = "key-" + std::to_string(left.size());
    m.body = body;
    left.push_back(std::move(m));
  }
  struct Ledger final : SettleReceiver {
    std::vector<Message>& sent;
    std::map<std::string, std::string>& fate;
    std::map<std::string, int>& begun;
    Ledger(std::vector<Message>& s, std::map<std::string, std::string>& f, std::map<std::string, int>& b)
        : sent(s), fate(f), begun(b) {}
    void begin(std::size_t index) override { ++begun[sent[index].idem_key]; }
    void settle(std::size_t index, const Verdict& verdict) override {
      fate[sent[index].idem_key] = std::string(to_text(verdict.kind));
      if (verdict.kind == VerdictKind::kPermanent) blamed = verdict.reason;
    }
    std::string blamed;
  } ledger{left, fate, begun};
  for (int round = 0; round < 12 && !left.empty(); ++round) {
    (void)(*plugin)->sink()->deliver(left, ledger).ok();
    std::erase_if(left, [&](const Message& m) { return fate[m.idem_key] != "retry"; });
    rig().wait_out();
  }
  CHECK(fate == std::map<std::string, std::string>{{"key-0", "accepted"},
                                                   {"key-1", "accepted"},
                                                   {"key-2", "permanent"},
                                                   {"key-3", "accepted"},
                                                   {"key-4", "unknown"},
                                                   {"key-5", "accepted"}});
  CHECK(ledger.blamed.find("died on it three times") != std::string::npos);
  CHECK(begun == std::map<std::string, int>{{"key-0", 1}, {"key-1", 1}, {"key-3", 1}, {"key-4", 1}, {"key-5", 1}});
}

TEST_CASE("the pause after a crash doubles, and a call that works ends the row", "[hostile]") {
  auto plugin = rig().create("hostile", "hostile");
  REQUIRE(plugin.ok());
  Notes notes;
  const auto crash = [&] { return do_deed(**plugin, "fault: exit", notes)->error.failure == Failure::kCrashed; };
  const auto busy = [&] {
    const auto failure = do_deed(**plugin, "well", notes);
    return failure && failure->error.failure == Failure::kBusy;
  };
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    REQUIRE(crash());
    rig().clock.advance(std::chrono::milliseconds{seconds * 1000 - 1});
    CHECK(busy());
    rig().clock.advance(std::chrono::milliseconds{1});
  }
  REQUIRE_FALSE(do_deed(**plugin, "well", notes));
  REQUIRE(crash());
  rig().clock.advance(std::chrono::milliseconds{1'000});
  CHECK_FALSE(do_deed(**plugin, "well", notes));
}

}  // namespace vestitel::test
