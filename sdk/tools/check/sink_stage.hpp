// What the checks of sinks begin with, and what they look at.
#pragma once
#include <memory>
#include <string>

#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {

// An instance at work; null: the check has been skipped or has failed.
std::unique_ptr<Rig> started(Trial& trial);

// What it needs of the host and this kit does not serve; the check has then been skipped.
bool cannot_be_asked(Trial& trial, const Rig& rig);

// The effect of everything delivered so far: what the provider took, and what lies in the scratch folder.
struct Effect {
  std::size_t messages = 0, bytes = 0, marks = 0, files = 0, file_bytes = 0;
  std::string text;
};
// `mark`: a text whose occurrences are counted.
Effect effect(const Trial& trial, const std::string& mark);

// One verdict for each message, by the rules; else the check has failed.
bool settled_all(Trial& trial, const Delivered& delivered);

std::string word_of(Trial& trial);

}  // namespace vestitel::check
