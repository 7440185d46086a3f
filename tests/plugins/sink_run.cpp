// Gives messages to a built sink and prints what it answered: the bridge between the end-to-end scripts and a plugin.
//
//   sink_run LIBRARY < {"settings": {...}, "secrets": {...}, "check": bool, "batches": [[{"to": ...}, ...], ...],
//                               "callbacks": [{"method", "query", "body"}, ...] of a provider,
//                               "receipts": how many are waited for, "poll": how many the sink is asked for}
//
// Prints one JSON object: {"error", "field", "check", "verdicts": [[...]], "begun": [[...]], "breaches": [...],
// "callbacks": [the error of each, or ""], "receipts": [...], "polled": "more", "end" or why not, "logs"}.
#include <chrono>
#include <iostream>
#include <thread>

#include <nlohmann/json.hpp>

#include <vestitel/testing/fake_host.hpp>
#include <vestitel/testing/library.hpp>
#include <vestitel/testing/render.hpp>

namespace {

using nlohmann::json;

std::int64_t system_now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

vestitel::testing::TestMessage message_of(const json& j) {
  vestitel::testing::TestMessage m;
  m.to = j.value("to", "");
  m.id = j.value("id", m.id);
  m.title = j.value("title", m.title);
  m.body = j.value("body", m.body);
  m.body_html = j.value("body_html", "");
  m.data_json = j.value("data_json", "");
  m.idem_key = j.value("idem_key", m.idem_key);
  m.locale = j.value("locale", m.locale);
  return m;
}

// Those that came, as "id verdict", once there are that many or none comes any more.
json receipts(vestitel::testing::FakeHost& host, std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (host.heard().size() < count && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the peer's time, not ours
  json out = json::array();
  for (const auto& one : host.heard())
    out.push_back(one.provider_id + " " + vestitel::testing::render_verdict(one.verdict));
  return out;
}

// "more", "end", or the field and the text of what went wrong.
std::string polled(vestitel::testing::FakeHost& host, std::uint32_t max) {
  const auto outcome = host.poll_receipts(max);
  if (outcome.rc == VESTITEL_MORE) return "more";
  return outcome.rc == VESTITEL_END ? "end" : outcome.field_path + " " + outcome.message;
}

// "" for each that was taken, else why not.
json call(vestitel::testing::FakeHost& host, const json& callbacks) {
  json out = json::array();
  for (const json& one : callbacks) {
    const std::string head =
        ":method: " + one.at("method").get<std::string>() + "\n:query: " + one.value("query", "") + "\n";
    const auto called = host.callback(head, one.value("body", ""));
    out.push_back(called.ok() ? "" : "refused: " + called.message);
  }
  return out;
}

json run(const std::string& library, const json& order) {
  vestitel::testing::FakeHost host(vestitel::testing::load(library));
  host.now_us = system_now_us();
  const json secrets = order.value("secrets", json::object());
  for (const auto& [name, value] : secrets.items()) host.secrets[name] = value;
  json out = {
      {"error", ""}, {"field", ""}, {"verdicts", json::array()}, {"begun", json::array()}, {"breaches", json::array()}};
  auto outcome = host.create();
  if (outcome.ok()) outcome = host.configure(order.at("settings").dump());
  if (outcome.ok() && order.value("check", false)) {
    const auto checked = host.check();
    out["check"] = checked.ok() ? "ok" : checked.message;
    out["check_field"] = checked.field_path;
  }
  if (outcome.ok()) outcome = host.start();
  out["error"] = outcome.message;
  out["field"] = outcome.field_path;
  if (!outcome.ok()) return out;
  const json batches = order.value("batches", json::array());
  for (const json& batch : batches) {
    std::vector<vestitel::testing::TestMessage> messages;
    for (const json& m : batch) messages.push_back(message_of(m));
    const auto start = std::chrono::steady_clock::now();
    const auto answers = host.deliver(messages);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    out["verdicts"].push_back(answers.verdicts);
    out["begun"].push_back(answers.begun);
    out["seconds"].push_back(took.count());
    for (const auto& breach : answers.breaches) out["breaches"].push_back(breach);
  }
  if (order.contains("poll")) out["polled"] = polled(host, order["poll"].get<std::uint32_t>());
  out["callbacks"] = call(host, order.value("callbacks", json::array()));
  if (order.contains("receipts")) out["receipts"] = receipts(host, order["receipts"].get<std::size_t>());
  host.stop();
  out["logs"] = host.logs;
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  std::cout << run(argv[1], json::parse(std::cin)).dump() << '\n';
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
