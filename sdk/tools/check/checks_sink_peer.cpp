// F, sinks that speak to a provider: what it answers, and the verdict that is right for it. 53 and 54.
#include <algorithm>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/peer.hpp"
#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {
namespace {

// The names of verdicts as render.hpp writes them.
using Kinds = std::vector<std::string>;

struct Scene {
  const char *peer, *name;
  Kinds right;
  std::int64_t least_after_ms = 0;
};

const std::vector<Scene>& scenes() {
  static const std::vector<Scene> all = {
      {"smtp", "ok", {"accepted", "delivered"}},
      {"smtp", "greeting-421", {"retry"}},
      {"smtp", "mail-451", {"retry"}},
      {"smtp", "auth-530", {"config_error"}},
      {"smtp", "rcpt-450", {"retry"}},
      {"smtp", "rcpt-550-gone", {"contact_dead"}},
      {"smtp", "rcpt-550-policy", {"permanent", "config_error"}},
      {"smtp", "data-452", {"retry"}},
      {"smtp", "dot-451", {"retry"}},
      {"smtp", "dot-552", {"permanent"}},
      {"smtp", "dot-554", {"permanent"}},
      {"smtp", "cut-early", {"retry"}},
      {"smtp", "cut-late", {"unknown"}},
      {"smtp", "silent", {"unknown"}},
      {"smtp", "garbage", {"retry"}},
      {"smtp", "flood", {"retry"}},
      {"smtp", "slow", {"retry"}},
      {"http", "ok", {"accepted", "delivered"}},
      {"http", "400", {"permanent"}},
      {"http", "401", {"config_error"}},
      {"http", "404", {"permanent", "contact_dead", "config_error"}},
      {"http", "410", {"contact_dead", "permanent"}},
      {"http", "413", {"permanent"}},
      {"http", "429", {"retry"}, 7000},
      {"http", "500", {"retry", "unknown"}},
      {"http", "503", {"retry"}, 7000},
      {"http", "cut-late", {"unknown"}},
      {"http", "silent", {"unknown"}},
      {"http", "garbage", {"unknown"}},
      {"http", "flood", {"accepted", "delivered", "unknown"}},
      {"http", "slow", {"unknown", "accepted", "delivered"}},
  };
  return all;
}

std::string joined(const Kinds& kinds) {
  std::string out;
  for (const std::string& kind : kinds) out += (out.empty() ? "" : " or ") + kind;
  return out;
}

std::string kind_of(const Answer& answer) {
  const std::string text = answer.text();
  return text.substr(0, text.find_first_of("(:"));
}

bool has(const Kinds& kinds, const std::string& kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Plays one scene to a fresh instance; the verdict that came of one message.
bool play(Trial& trial, const vestitel_entry& entry, const std::string& scene, const std::string& over,
          Answer& answer) {
  trial.at("the provider plays the scene " + scene);
  Peer& peer = *standing_peer(trial);
  peer.play(scene);
  Rig rig(trial, entry);
  if (!begin(trial, rig, settings_for(trial, over))) return false;
  const Delivered delivered = rig.deliver(messages_for(trial, 1, scene));
  std::string which;
  if (lacks_service(rig, which)) return trial.skip("it asks for " + which + ", which this kit does not serve yet");
  if (!trial.expect(!delivered.call.threw, "a verdict", "an exception over the border")) return false;
  answer = delivered.answers[0];
  // Begun and not settled is unknown, never begun is a retry: the host reads it so.
  if (answer.settled == 0) answer.verdict.kind = answer.begun ? VESTITEL_UNKNOWN : VESTITEL_RETRY;
  if (answer.settled == 0) answer.settled = 1;
  end(rig);
  peer.play("ok");
  return true;
}

Kinds right_for(const Trial& trial, const Scene& scene) {
  const auto& own = trial.subject.spec.peer.verdicts;
  const auto found = own.find(scene.name);
  return found == own.end() ? scene.right : found->second;
}

bool right(Trial& trial, const Scene& scene, const Answer& answer) {
  const Kinds wanted = right_for(trial, scene);
  if (!trial.expect(has(wanted, kind_of(answer)), joined(wanted), answer.text())) return false;
  if (answer.verdict.kind != VESTITEL_RETRY || scene.least_after_ms == 0) return true;
  return trial.expect(answer.verdict.after_ms >= scene.least_after_ms,
                      "after_ms of at least " + std::to_string(scene.least_after_ms) + ", as the provider asked",
                      std::to_string(answer.verdict.after_ms));
}

bool has_peer(Trial& trial) {
  return standing_peer(trial) != nullptr ||
         trial.skip("it speaks to no provider that the kit can play: name one in samples/check.json, `peer`");
}

}  // namespace

void check_answers(Trial& trial) {
  if (!has_peer(trial)) return;
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const std::string& kind = trial.subject.spec.peer.kind;
  for (const Scene& scene : scenes()) {
    if (kind != scene.peer) continue;
    Answer answer;
    if (!play(trial, *entry, scene.name, "", answer) || !right(trial, scene, answer)) return;
  }
  // Nobody is there at all: the settings that name the stub's port name a closed one, or a host without an address.
  std::string closed = trial.subject.settings;
  for (std::size_t at = 0; (at = closed.find("stub.port", at)) != std::string::npos;)
    closed.replace(at, 9, "closed.port");
  std::string nowhere = trial.subject.settings;
  for (std::size_t at = 0; (at = nowhere.find("${stub.host}", at)) != std::string::npos;)
    nowhere.replace(at, 12, "no-such-host.invalid");
  const Scene refused{kind.c_str(), "refused", {"retry"}}, unresolved{kind.c_str(), "dns", {"retry", "config_error"}};
  Answer answer;
  if (closed != trial.subject.settings &&
      (!play(trial, *entry, "refused", closed, answer) || !right(trial, refused, answer)))
    return;
  if (nowhere != trial.subject.settings && play(trial, *entry, "dns", nowhere, answer))
    right(trial, unresolved, answer);
}

void check_gone(Trial& trial) {
  if (!has_peer(trial)) return;
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const bool smtp = trial.subject.spec.peer.kind == "smtp";
  const std::string gone = smtp ? "rcpt-550-gone" : "410";
  Answer answer;
  const auto& own = trial.subject.spec.peer.verdicts;
  if (own.count(gone) == 0) {
    if (!play(trial, *entry, gone, "", answer)) return;
    if (!trial.expect(kind_of(answer) == "contact_dead", "contact_dead", answer.text())) return;
  }
  const std::vector<std::string> faulty = smtp ? std::vector<std::string>{"dot-552", "dot-554", "rcpt-450", "auth-530"}
                                               : std::vector<std::string>{"400", "413", "401", "429", "500"};
  for (const std::string& scene : faulty) {
    if (!play(trial, *entry, scene, "", answer)) return;
    if (!trial.expect(kind_of(answer) != "contact_dead", "a message at fault to cost nobody the address",
                      "contact_dead"))
      return;
  }
}

}  // namespace vestitel::check
