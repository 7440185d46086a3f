// F, sinks that can be asked what became of a message that was sent and never answered. 67 to 71.
#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/peer.hpp"
#include "sdk/tools/check/sink_stage.hpp"

namespace vestitel::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint32_t kMost = 200;  // the hub never asks about more at once
constexpr std::int64_t kAnHour = 3'600'000'000;

const vestitel_ask_v1* ability(const Rig& rig) {
  return static_cast<const vestitel_ask_v1*>(rig.extension("vestitel.ask/1"));
}

Doubt doubt_of(const Rig& rig, const Message& message) {
  Doubt doubt;
  doubt.id = message.id;
  doubt.idem_key = message.idem_key;
  doubt.channel = message.channel;
  doubt.sent_us = rig.now() - kAnHour;
  return doubt;
}

// About messages that nobody ever sent.
std::vector<Doubt> unseen(const Trial& trial, const Rig& rig, std::size_t n, const std::string& mark) {
  std::vector<Doubt> all;
  for (const Message& message : messages_for(trial, n, mark + "-never-")) all.push_back(doubt_of(rig, message));
  return all;
}

// An instance that answers; null: the check has been skipped or has failed. A sink may be askable by some settings
// alone.
std::unique_ptr<Rig> asked(Trial& trial) {
  auto rig = started(trial);
  if (rig == nullptr) return nullptr;
  if (ability(*rig) == nullptr || ability(*rig)->ask == nullptr) return trial.skip("it has no vestitel.ask/1"), nullptr;
  const Delivered first = rig->ask(unseen(trial, *rig, 1, "first"));
  if (cannot_be_asked(trial, *rig)) return nullptr;
  if (first.call.rc == VESTITEL_E_CONFIG)
    return trial.skip("with the settings of its samples it cannot be asked: " + first.call.text()), nullptr;
  return rig;
}

// Answers may be missing: nobody knows yet. What is answered keeps the rules.
bool keeps_rules(Trial& trial, const Delivered& answers) {
  return trial.expect(!answers.call.threw, "a code", "an exception over the border") &&
         trial.expect(answers.problem.empty(), "at most one answer on each doubt, and one that exists",
                      answers.problem);
}

bool is_there(const Answer& answer) {
  return answer.settled > 0 && (answer.verdict.kind == VESTITEL_ACCEPTED || answer.verdict.kind == VESTITEL_DELIVERED);
}

bool is_absent(const Answer& answer) { return answer.settled > 0 && answer.verdict.kind == VESTITEL_RETRY; }

// Asks about what this instance has just delivered.
bool finds(Trial& trial, Rig& rig, const std::vector<Doubt>& doubts) {
  const Delivered answers = rig.ask(doubts);
  if (!keeps_rules(trial, answers)) return false;
  for (const Answer& answer : answers.answers)
    if (!trial.expect(!is_absent(answer), "what was delivered never to be called absent: it would be sent again",
                      answer.text()))
      return false;
  return true;
}

}  // namespace

void check_ask_answers(Trial& trial) {
  const auto rig = asked(trial);
  if (rig == nullptr) return;
  const std::uint32_t declared = ability(*rig)->max_batch;
  if (!trial.expect(declared > 0, "a max_batch of at least 1", "0")) return;
  for (const std::size_t n : {std::size_t{1}, std::size_t{2}, static_cast<std::size_t>(std::min(declared, kMost))}) {
    if (n > declared) continue;
    trial.at("asking about " + std::to_string(n) + " messages at once");
    const Delivered answers = rig->ask(unseen(trial, *rig, n, "n" + std::to_string(n)));
    if (!keeps_rules(trial, answers)) return;
    if (!trial.expect(answers.call.ok(), "OK", answers.call.text())) return;
  }
  trial.at("asking about what no hub would send");
  auto odd = unseen(trial, *rig, 6, "odd");
  odd[0].idem_key = "";
  odd[1].idem_key = std::string(100'000, 'a');
  odd[2].idem_key = "../\"\r\n\xff";
  odd[3].provider_id = std::string(300, 'p');
  odd[4].sent_us = rig->now() + kAnHour;
  odd[5].asked = UINT32_MAX;
  for (const Doubt& doubt : odd)
    if (!keeps_rules(trial, rig->ask({doubt}))) return;
}

void check_ask_changes_nothing(Trial& trial) {
  const auto rig = asked(trial);
  if (rig == nullptr) return;
  const std::string word = word_of(trial);
  const std::uint32_t most = std::min(ability(*rig)->max_batch, kMost);
  std::vector<Doubt> doubts = unseen(trial, *rig, std::max(most, 2U) / 2, "still");
  auto messages = messages_for(trial, std::max(most, 2U) / 2, "sent");
  for (Message& message : messages) {
    message.body = word;
    doubts.push_back(doubt_of(*rig, message));
    rig->deliver({message});
  }
  const Effect before = effect(trial, word);
  trial.at("asking about messages, some of them delivered");
  for (const Doubt& doubt : doubts) {
    const Delivered answers = rig->ask({doubt});
    if (!keeps_rules(trial, answers)) return;
    if (!trial.expect(!answers.answers[0].begun, "nothing to be begun in an ask", "begin")) return;
  }
  const Effect after = effect(trial, word);
  if (!trial.expect(after.marks == before.marks, "no message to be sent", "one that was")) return;
  if (!trial.expect(
          after.files == before.files && after.file_bytes == before.file_bytes, "nothing to change in ${folder}",
          std::to_string(after.files) + " files of " + std::to_string(after.file_bytes) + " bytes where there were " +
              std::to_string(before.files) + " of " + std::to_string(before.file_bytes)))
    return;
  // A question over HTTP is a request as well; one over SMTP is no mail.
  if (trial.subject.spec.peer.kind == "smtp")
    trial.expect(after.messages == before.messages, "no mail to be sent", "one that was");
}

void check_ask_cancelled(Trial& trial) {
  constexpr milliseconds kNotice{200};
  const auto rig = asked(trial);
  if (rig == nullptr) return;
  Peer* peer = standing_peer(trial);
  if (peer != nullptr) peer->play("silent");
  trial.at("cancelling while it is asked");
  const std::uint32_t most = std::clamp(ability(*rig)->max_batch, 1U, kMost);
  milliseconds best{milliseconds::max()};
  for (int attempt = 0; attempt < 3 && best > kNotice; ++attempt) {
    rig->cancel = false;
    const auto doubts = unseen(trial, *rig, most, "cancelled" + std::to_string(attempt));
    auto running = std::async(std::launch::async, [&] { return rig->ask(doubts); });
    running.wait_for(milliseconds(30));
    const auto then = steady_clock::now();
    rig->cancel = true;
    if (!keeps_rules(trial, running.get())) return;
    best = std::min(best, std::chrono::duration_cast<milliseconds>(steady_clock::now() - then));
  }
  if (peer != nullptr) peer->play("ok");
  trial.expect(best <= kNotice, "a cancel to be noticed within 200 ms", std::to_string(best.count()) + " ms");
}

void check_ask_tells_apart(Trial& trial) {
  const auto rig = asked(trial);
  if (rig == nullptr) return;
  Peer* peer = standing_peer(trial);
  const bool http = trial.subject.spec.peer.kind == "http";
  if (http) peer->play("404");
  trial.at("asking about a key that was never sent");
  for (const Doubt& doubt : unseen(trial, *rig, 4, "apart")) {
    const Delivered answers = rig->ask({doubt});
    if (!keeps_rules(trial, answers)) return;
    if (!trial.expect(!is_there(answers.answers[0]), "retry, unknown or no answer", answers.answers[0].text())) return;
  }
  if (http) peer->play("ok");
  if (peer != nullptr) return;  // the stub keeps no messages, and cannot say what it has
  trial.at("asking about what was delivered");
  std::vector<Doubt> doubts;
  for (const Message& message : messages_for(trial, 1, "there")) {
    const Delivered delivered = rig->deliver({message});
    if (delivered.answers.size() == 1 && is_there(delivered.answers[0])) doubts.push_back(doubt_of(*rig, message));
  }
  if (doubts.empty() || !finds(trial, *rig, doubts)) return;
  trial.at("asking about it after a restart");
  end(*rig);
  if (begin(trial, *rig)) finds(trial, *rig, doubts);
}

void check_ask_unanswered(Trial& trial) {
  const auto rig = asked(trial);
  if (rig == nullptr) return;
  Peer* peer = standing_peer(trial);
  if (peer == nullptr || trial.subject.spec.peer.kind != "http")
    return static_cast<void>(
        trial.skip("it speaks to no provider that the kit can play: name one in samples/check.json, `peer`"));
  for (const char* scene : {"500", "503", "429", "garbage", "cut-late"}) {
    trial.at(std::string("asking, the provider plays the scene ") + scene);
    peer->play(scene);
    const Delivered answers = rig->ask(unseen(trial, *rig, 1, scene));
    if (!keeps_rules(trial, answers)) return;
    const Answer& answer = answers.answers[0];
    if (!trial.expect(answer.settled == 0 || answer.verdict.kind == VESTITEL_UNKNOWN, "unknown, or no answer",
                      answer.text()))
      return;
  }
  peer->play("ok");
}

}  // namespace vestitel::check
