// What each reader is given in the tests of order: the documents of a scope, each with the day as of which it speaks.
#pragma once
#include <string>
#include <vector>

#include "tests/plugins/record_rig.hpp"

namespace vestitel::test {

struct Said {
  std::string bytes;
  int day;  // as of
};

struct Case {
  const char* reader;  // library
  std::string settings;
  std::vector<Said> said;
  std::size_t changed = 1;  // the document that differs from the first
  bool state = false;       // what differs is another state of the person, and no correction
};

std::string sample(const std::string& name);
// The first `from` becomes `to`.
std::string with(std::string text, const std::string& from, const std::string& to);

// The examination of the bundle: opened and closed; then corrected; then cancelled.
std::string examination();
std::string examination_corrected();
std::string ended(const std::string& messages);

std::vector<Case> registers();  // those that are no reports of activities

const std::vector<Case>& cases();
std::vector<std::string> readers();
const Case& case_of(const std::string& reader);
Reader& reader_named(const std::string& name);

// People get their numbers in this order, whichever document names them first.
void know_everybody(RecordRig& rig);

}  // namespace vestitel::test
