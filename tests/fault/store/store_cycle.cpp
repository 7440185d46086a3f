// The whole way through the real store with nothing else of the hub around it: documents of a drop folder are staged
// and sealed (T1), routed (T2), leased (T3), written to a line sink and settled (T4), by three threads.
//
//   store_cycle FOLDER once|serve keyed|plain
//
// FOLDER holds people (one a line; all of them subscribe), in/, done/ and store/; out.jsonl is the sink. once: ends
// when nothing is left to do, with 3 when the books do not balance. serve: until SIGTERM. keyed: the sink honours
// keys. The acks of the power-loss rig say what may not be untrue any more: "moved NAME", "leased KEY", "told KEY",
// "settled KEY".
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "core/base/fault_point.hpp"
#include "core/store/sqlite/store.hpp"
#include "tests/fault/powerloss/ack.hpp"
#include "tests/fault/store/cycle_document.hpp"
#include "tests/fault/store/line_sink.hpp"
#include "tests/fault/store/must.hpp"

namespace vestitel::test {
namespace {

constexpr std::size_t kBatch = 16;  // small: many transactions, many places to be cut at
constexpr const char* kSink = "lines";

std::atomic<bool> stopping{false};

class Cycle {
 public:
  Cycle(std::string folder, bool once, bool keyed)
      : folder_(std::move(folder)), once_(once), keyed_(keyed), sink_(folder_ + "/out.jsonl", keyed) {
    const std::array<std::uint8_t, 32> master{1, 2, 3};
    keys_ = derive_keys(SecretKey(master));
    store_ = must(sqlite::Store::open({folder_ + "/store"}, keys_, clock_, random_,
                                      [](const std::string& why) { must(false, why); }),
                  "opening the store");
    must(store_->delivery().register_sink(kSink, {keyed}), "registering the sink");
    must(store_->delivery().void_own_leases(), "voiding leases");
    enrol();
  }

  int run() {
    std::thread router([this] { loop([this] { return route(); }, intake_done_, routing_done_); });
    std::thread delivery([this] { loop([this] { return deliver(); }, routing_done_, delivery_done_); });
    std::atomic<bool> always{true};
    loop([this] { return take_in(); }, always, intake_done_);
    router.join();
    delivery.join();
    const Books books = must(store_->look().books(), "reading the books");
    return books.balanced() ? 0 : 3;
  }

 private:
  // Works until told to stop; with `once`, until a step finds nothing although all before it is done.
  template <class Step>
  void loop(Step step, const std::atomic<bool>& before, std::atomic<bool>& done) {
    while (!stopping) {
      const bool last = before;
      if (step()) continue;
      if (once_ && last) break;
      ::poll(nullptr, 0, 2);
    }
    done = true;
  }

  void enrol() {
    std::ifstream people(folder_ + "/people");
    std::vector<Enrolment> enrolments;
    for (std::string name; std::getline(people, name);) {
      Enrolment e;
      e.person = {IdentifierType::kNap, PersonalText(name)};
      e.address = PersonalText(name + "@example.test");
      enrolments.push_back(std::move(e));
    }
    must(store_->directory().enrol(enrolments), "enrolling");
  }

  std::vector<std::string> waiting() const {
    std::vector<std::string> names;
    DIR* folder = ::opendir((folder_ + "/in").c_str());
    must(folder != nullptr, "reading the drop folder");
    while (const dirent* entry = ::readdir(folder)) {  // NOLINT(concurrency-mt-unsafe): this thread's own stream
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    ::closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
  }

  bool take_in() {
    const auto names = waiting();
    for (const std::string& name : names) {
      if (stopping) return false;
      read(CycleDocument::read(folder_ + "/in", name));
      move_away(name);
    }
    return !names.empty();
  }

  void read(const CycleDocument& document) {
    auto& intake = store_->intake();
    const auto opened = must(intake.open_document(document.arrival()), "opening a document");
    if (opened.repeat_of) return;
    const std::size_t size = document.lines.size();
    for (auto at = static_cast<std::size_t>(opened.staged); at < size; at += kBatch) {
      must(intake.stage(opened.id, document.batch(at, std::min(size, at + kBatch))), "staging");
    }
    must(intake.seal(opened.id), "sealing");
    VESTITEL_FAULT_POINT("intake.after_receipt");
  }

  void move_away(const std::string& name) {
    const std::string done = folder_ + "/done";
    must(::rename((folder_ + "/in/" + name).c_str(), (done + "/" + name).c_str()) == 0, "moving a document");
    VESTITEL_FAULT_POINT("intake.after_move");
    const int fd = ::open(done.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0 && ::fsync(fd) == 0, "syncing done/");
    ::close(fd);
    powerloss_ack("moved " + name);
  }

  bool route() {
    auto& routing = store_->routing();
    const auto from = must(routing.router_position(), "reading the position");
    const auto page = must(routing.routable(from, kBatch, true), "reading what is to be routed");
    if (page.next == from) return false;
    RoutedBatch batch{from, page.next, {}};
    for (const RoutableEvent& event : page.events) decide(event, batch.decisions);
    must(routing.commit_routed(std::move(batch)).get(), "routing");
    return true;
  }

  void decide(const RoutableEvent& event, std::vector<Decision>& out) const {
    Decision decision;
    decision.event = event.event.id;
    if (event.subscriptions.empty()) {
      decision.not_owed = NotOwedReason::kNoSubscriber;
      out.push_back(decision);
    }
    for (const Subscription& subscription : event.subscriptions) {
      decision.recipient = subscription.recipient;
      decision.channel = subscription.channel;
      decision.route = "all";
      decision.sink = kSink;
      decision.locale = subscription.locale;
      decision.title = "something was reported";
      decision.due = clock_.now();
      decision.expires = decision.due + std::chrono::hours(24);
      out.push_back(decision);
    }
  }

  bool deliver() {
    auto& delivery = store_->delivery();
    const auto messages = must(delivery.lease(kSink, kBatch), "leasing");
    if (messages.empty()) return false;
    for (const LeasedMessage& m : messages) powerloss_ack("leased " + m.message.idem_key);
    VESTITEL_FAULT_POINT("delivery.before_send");
    std::vector<Settlement> settlements;
    for (const LeasedMessage& m : messages) {
      sink_.write(m.message.to.reveal(), m.message.idem_key);
      Settlement settlement{m.message.outbox_id, m.token, {}, true, {}, false};
      settlement.verdict.kind = VerdictKind::kDelivered;
      settlements.push_back(std::move(settlement));
    }
    sink_.sync();
    for (const LeasedMessage& m : messages) powerloss_ack("told " + m.message.idem_key);
    VESTITEL_FAULT_POINT("delivery.after_send");
    must(delivery.settle(settlements).ok(), "settling");
    for (const LeasedMessage& m : messages) powerloss_ack("settled " + m.message.idem_key);
    return true;
  }

  const std::string folder_;
  const bool once_, keyed_;
  SystemClock clock_;
  SystemRandom random_;
  MasterKeys keys_;
  LineSink sink_;
  std::unique_ptr<sqlite::Store> store_;
  std::atomic<bool> intake_done_{false}, routing_done_{false}, delivery_done_{false};
};

}  // namespace
}  // namespace vestitel::test

int main(int argc, char** argv) {
  using namespace vestitel::test;
  must(argc == 4, "usage: store_cycle FOLDER once|serve keyed|plain");
  std::signal(SIGTERM, [](int) { stopping = true; });
  return Cycle(argv[1], std::string_view(argv[2]) == "once", std::string_view(argv[3]) == "keyed").run();
}
