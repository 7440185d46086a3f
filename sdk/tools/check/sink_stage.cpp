#include "sdk/tools/check/sink_stage.hpp"

#include <filesystem>

#include "sdk/tools/check/peer.hpp"

namespace vestitel::check {
namespace {

namespace fs = std::filesystem;

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++n;
  return n;
}

}  // namespace

std::unique_ptr<Rig> started(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return nullptr;
  auto rig = std::make_unique<Rig>(trial, *entry);
  if (!begin(trial, *rig)) return nullptr;
  return rig;
}

bool cannot_be_asked(Trial& trial, const Rig& rig) {
  std::string which;
  return lacks_service(rig, which) && !trial.skip("it asks for " + which + ", which this kit does not serve yet");
}

Effect effect(const Trial& trial, const std::string& mark) {
  Effect all;
  if (const Peer* peer = standing_peer(trial); peer != nullptr) {
    for (const std::string& message : peer->taken()) all.text += message;
    all.messages = peer->taken().size();
  }
  for (const auto& file : fs::recursive_directory_iterator(trial.scratch)) {
    if (!file.is_regular_file()) continue;
    auto bytes = read_file(file.path(), 64 << 20);
    if (!bytes) continue;
    ++all.files;
    all.file_bytes += bytes->size();
    all.text += *bytes;
  }
  all.bytes = all.text.size();
  all.marks = count_of(all.text, mark);
  return all;
}

bool settled_all(Trial& trial, const Delivered& delivered) {
  if (!trial.expect(!delivered.call.threw, "a code", "an exception over the border")) return false;
  if (!trial.expect(delivered.problem.empty(), "the rules of begin and settle to be kept", delivered.problem))
    return false;
  for (std::size_t i = 0; i < delivered.answers.size(); ++i)
    if (!trial.expect(delivered.answers[i].settled == 1 || !delivered.call.ok(), "one verdict for each message",
                      "message " + std::to_string(i) + " " + delivered.answers[i].text()))
      return false;
  return true;
}

std::string word_of(Trial& trial) { return "word" + std::to_string(trial.random() % 1'000'000'000); }

}  // namespace vestitel::check
