// Runs the built sink as the hub does, in a sandboxed process of its own over the hub's HTTP, and prints what it
// answered: the bridge between the end-to-end script and the plugin.
//
//   push_run LIBRARY RUNNERS < {"settings": {...}, "secrets": {...}, "ca_file": "", "connect_to":
//   ["HOST:PORT:ADDRESS:PORT"],
//                               "check": bool, "batches": [[{"to", "title", "body", "idem_key"}, ...], ...],
//                               "receipts": how many are waited for}
#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/base/clock.hpp"
#include "core/plugin/child/child_home.hpp"
#include "core/plugin/outside/lend.hpp"

namespace {

using nlohmann::json;

// Who checked the tree out owns it, and may be another than who tests.
vestitel::TrustedOwners owners_of(const std::string& path) {
  vestitel::TrustedOwners own = vestitel::TrustedOwners::own();
  for (std::filesystem::path p = path; p != p.root_path(); p = p.parent_path()) {
    struct stat status {};
    if (::stat(p.c_str(), &status) == 0) own.ids.push_back(status.st_uid);
  }
  return own;
}

json shown(const vestitel::Verdict& v) {
  return {{"kind", vestitel::to_text(v.kind)},
          {"scope", vestitel::to_text(v.scope)},
          {"after_ms", v.after.count()},
          {"id", v.provider_id},
          {"reason", v.reason},
          {"since", v.since.has_value()}};
}

class Answers final : public vestitel::SettleReceiver {
 public:
  explicit Answers(std::size_t messages) : verdicts_(json::array()), begun_(messages, false) {
    for (std::size_t i = 0; i < messages; ++i) verdicts_.push_back(nullptr);
  }
  void begin(std::size_t index) override {
    const std::lock_guard lock(mutex_);
    begun_[index] = true;
  }
  void settle(std::size_t index, const vestitel::Verdict& verdict) override {
    const std::lock_guard lock(mutex_);
    verdicts_[index] = shown(verdict);
    verdicts_[index]["begun"] = begun_[index];
  }
  const json& verdicts() const { return verdicts_; }

 private:
  std::mutex mutex_;
  json verdicts_;
  std::vector<bool> begun_;
};

// What became of messages later, as "id kind".
class Receipts final : public vestitel::ReceiptTaker {
 public:
  vestitel::Result<> take_receipt(std::string_view, std::string_view id, const vestitel::Verdict& verdict) override {
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::string(id) + " " + std::string(vestitel::to_text(verdict.kind)));
    came_.notify_all();
    return vestitel::Done{};
  }
  json wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(10), [&] { return heard_.size() >= count; });
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  json heard_ = json::array();
};

vestitel::Message message_of(const json& j, std::int64_t number) {
  vestitel::Message m;
  m.outbox_id = number;
  m.channel = vestitel::Channel::kPush;
  m.to = vestitel::PersonalText(j.at("to").get<std::string>());
  m.title = j.value("title", "title");
  m.body = j.value("body", "body");
  m.idem_key = j.value("idem_key", "k" + std::to_string(number));
  m.locale = "bg";
  return m;
}

template <class T>
T must(vestitel::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
void done(const vestitel::Result<>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

json run(const std::string& library, const std::string& runners, const json& order) {
  static vestitel::SystemClock clock;
  const auto launcher = must(vestitel::Launcher::start(runners));
  vestitel::ChildHome home;
  home.launcher = launcher.get();
  home.owners = owners_of(library);
  auto plugins = must(vestitel::describe_in_child(home, library));
  vestitel::HostContext context;
  context.instance = "under-test";
  context.clock = &clock;
  context.settings = order.at("settings").dump();
  context.secret = [secrets = order.value("secrets", json::object())](std::string_view name) {
    const auto found = secrets.find(std::string(name));
    return found == secrets.end() ? std::nullopt : std::optional(found->get<std::string>());
  };
  Receipts receipts;  // outlives the instance
  context.lent.receipts = &receipts;
  vestitel::HttpOptions http;
  http.ca_file = order.value("ca_file", "");
  http.connect_to = order.value("connect_to", std::vector<std::string>());
  const auto granted = must(vestitel::asked_by(plugins.at(0)));
  const auto instance =
      must(vestitel::create_in_child(home, library, plugins.at(0), vestitel::lent(std::move(context), granted, http)));
  done(instance->configure(order.at("settings").dump()));
  json out = {{"verdicts", json::array()}};
  if (order.value("check", false)) {
    const auto checked = instance->check();
    out["check"] = checked ? "" : checked.error().message;
  }
  done(instance->start());
  std::int64_t number = 0;
  for (const json& batch : order.value("batches", json::array())) {
    std::vector<vestitel::Message> messages;
    for (const json& one : batch) messages.push_back(message_of(one, ++number));
    Answers answers(messages.size());
    const auto delivered = instance->sink()->deliver(messages, answers);
    if (!delivered) out["failure"] = delivered.error().message;
    out["verdicts"].push_back(answers.verdicts());
  }
  if (order.contains("receipts")) out["receipts"] = receipts.wait(order["receipts"].get<std::size_t>());
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  std::cout << run(argv[1], argv[2], json::parse(std::cin)).dump() << '\n';
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
