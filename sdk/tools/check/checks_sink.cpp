// F, sinks: what can be asked of every one of them. Those that need a provider's answers: checks_sink_peer.cpp.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/peer.hpp"
#include "sdk/tools/check/sink_stage.hpp"

namespace vestitel::check {
namespace {

const vestitel_deliver_v1* table_of(const Rig& rig) {
  return static_cast<const vestitel_deliver_v1*>(rig.extension("vestitel.deliver/1"));
}

}  // namespace

void check_verdicts(Trial& trial) {
  const auto rig = started(trial);
  if (rig == nullptr) return;
  const std::uint32_t most = std::clamp(table_of(*rig)->max_batch, 1U, 64U);
  for (const std::size_t n : {std::size_t{1}, std::size_t{2}, static_cast<std::size_t>(most)}) {
    trial.at("delivering " + std::to_string(n) + " messages");
    const Delivered delivered = rig->deliver(messages_for(trial, n, "n" + std::to_string(n) + "-"));
    if (cannot_be_asked(trial, *rig)) return;
    if (!settled_all(trial, delivered)) return;
    if (!trial.expect(delivered.call.ok(), "OK", delivered.call.text())) return;
  }
  trial.at("delivering to addresses that are none");
  auto odd = messages_for(trial, 4, "odd");
  odd[0].to = "";
  odd[1].to = std::string(100'000, 'a');
  odd[2].to = "\"";
  odd[3].body = "";
  settled_all(trial, rig->deliver(odd));
}

void check_idempotent(Trial& trial) {
  if ((trial.subject.described.flags & VESTITEL_FLAG_IDEMPOTENT) == 0)
    return static_cast<void>(trial.skip("it is not IDEMPOTENT: the hub may repeat after an unknown, and says so"));
  const auto rig = started(trial);
  if (rig == nullptr) return;
  const std::string word = word_of(trial);
  auto messages = messages_for(trial, 2, "same");
  for (Message& message : messages) message.body = word;
  trial.at("delivering two messages");
  const Delivered once = rig->deliver(messages);
  if (cannot_be_asked(trial, *rig)) return;
  const Effect first = effect(trial, word);
  if (first.marks == 0)
    return static_cast<void>(
        trial.skip("its effect cannot be seen here: neither the stub nor ${folder} got the message"));
  trial.at("delivering them again under the same keys");
  rig->deliver(messages);
  end(*rig);
  if (!begin(trial, *rig)) return;
  rig->deliver(messages);
  const Effect last = effect(trial, word);
  trial.expect(last.marks == first.marks, "the same key to take effect once",
               std::to_string(last.marks) + " times the text where it was " + std::to_string(first.marks));
}

void check_limits(Trial& trial) {
  const auto rig = started(trial);
  if (rig == nullptr) return;
  const std::string word = word_of(trial);
  const auto refused = [&](const char* what, const Message& message) {
    trial.at(what);
    const Effect before = effect(trial, word);
    const Delivered delivered = rig->deliver({message});
    if (cannot_be_asked(trial, *rig) || !settled_all(trial, delivered)) return false;
    const Answer& answer = delivered.answers[0];
    if (!trial.expect(answer.verdict.kind == VESTITEL_PERMANENT || (answer.settled == 0 && !delivered.call.ok()),
                      "permanent", answer.text()))
      return false;
    return trial.expect(effect(trial, word).marks == before.marks, "nothing to reach the provider",
                        "a message that did");
  };
  Message late = messages_for(trial, 1, "late")[0];
  late.body = word;
  late.expires_us = rig->now() - 1'000'000;
  if (!refused("delivering a message that has expired", late)) return;
  const vestitel_deliver_v1& table = *table_of(*rig);
  if (!trial.expect(table.max_batch > 0, "a max_batch of at least 1", "0")) return;
  if (!trial.expect(table.max_send_us > 0, "a longest time for a send", std::to_string(table.max_send_us) + " us"))
    return;
  if (table.max_body > 0 && table.max_body < (std::uint64_t{32} << 20)) {
    Message big = messages_for(trial, 1, "big")[0];
    big.body = word + std::string(static_cast<std::size_t>(table.max_body), 'b');
    if (!refused("delivering a body above max_body", big)) return;
  }
  trial.at("delivering as many messages as max_batch says");
  const std::uint32_t most = std::min(table.max_batch, 5000U);
  const Delivered full = rig->deliver(messages_for(trial, most, "full"));
  if (settled_all(trial, full)) trial.expect(full.call.ok(), "OK", full.call.text());
}

void check_injection(Trial& trial) {
  const auto rig = started(trial);
  if (rig == nullptr) return;
  const std::string header = "X-Injected-" + word_of(trial);
  const std::string plain = "plain@example.bg";
  auto messages = messages_for(trial, 6, "injection");
  const std::string tails[] = {"\r\n" + header + ": 1\r\n\r\nbody", "\n" + header + ": 1\n", "\r" + header + ": 1",
                               "\r\n.\r\n" + header + ": 1\r\n"};
  messages[0].title += tails[0];
  messages[1].title += tails[1];
  messages[2].to += tails[0];
  messages[3].to += tails[2];
  messages[4].idem_key += tails[0];
  messages[4].id += tails[1];
  messages[5].locale += tails[0];
  trial.at("delivering titles, addresses and keys that hold line ends");
  for (const Message& message : messages) {
    const Delivered delivered = rig->deliver({message});
    if (cannot_be_asked(trial, *rig) || !settled_all(trial, delivered)) return;
  }
  const Peer* peer = standing_peer(trial);
  const std::string seen = effect(trial, header).text + (peer != nullptr ? peer->wire() : "");
  if (seen.empty())
    return static_cast<void>(
        trial.skip("what it writes cannot be seen here: neither the stub nor ${folder} got a message"));
  for (std::size_t at = 0; (at = seen.find(header, at)) != std::string::npos; at += header.size()) {
    const bool line = at == 0 || seen[at - 1] == '\n' || seen[at - 1] == '\r';
    if (!trial.expect(!line, "no line of its own to come of a title, an address or a key", "one")) return;
  }
}

void check_body_in_log(Trial& trial) {
  const int output = ::memfd_create("output", MFD_CLOEXEC);
  ::dup2(output, 1);
  ::dup2(output, 2);
  const auto rig = started(trial);
  if (rig == nullptr) return;
  const std::string word = word_of(trial);
  auto messages = messages_for(trial, 4, "private");
  for (Message& message : messages) {
    message.title = word + "title";
    message.body = word + "body";
    message.body_html = "<p>" + word + "html</p>";
    message.data_json = "{\"word\":\"" + word + "\"}";
  }
  messages[1].to = "not an address";
  messages[2].expires_us = 1;
  trial.at("delivering, and failing to");
  rig->deliver(messages);
  if (cannot_be_asked(trial, *rig)) return;
  if (Peer* peer = standing_peer(trial); peer != nullptr) {
    for (const char* scene : {"cut-late", "dot-554", "rcpt-550-policy", "400", "500"}) {
      peer->play(scene);
      rig->deliver(messages);
    }
    peer->play("ok");
  }
  end(*rig);
  std::fflush(nullptr);
  std::string written(1 << 20, '\0');
  const auto n = ::pread(output, written.data(), written.size(), 0);
  written.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  for (const std::string& line : rig->said)
    if (!trial.expect(line.find(word) == std::string::npos, "nothing of a message in a log line, an error or a reason",
                      "some of it"))
      return;
  trial.expect(written.find(word) == std::string::npos, "nothing of a message on standard output or error",
               "some of it");
}

void check_receipts(Trial& trial) {
  const auto rig = started(trial);
  if (rig == nullptr) return;
  if (rig->extension("vestitel.receipts/1") == nullptr)
    return static_cast<void>(trial.skip("it has no vestitel.receipts/1"));
  trial.skip("it reports by vestitel.receipt/1, which this kit does not serve yet");
}

}  // namespace vestitel::check
