#include "sdk/tools/check/trial.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/safe_text.hpp"

namespace vestitel::check {
namespace {

template <std::size_t N>
void write(char (&into)[N], std::string_view text) {
  const std::string_view cut = cut_utf8(text, N - 1);
  std::memcpy(into, cut.data(), cut.size());
  into[cut.size()] = '\0';
}

}  // namespace

Trial::Trial(const Subject& what, const Options& how, Slate& slate, std::string folder, std::uint64_t seed)
    : subject(what), options(how), scratch(std::move(folder)), random(seed), slate_(slate) {
  slate_.outcome = Outcome::passed;
}

void Trial::at(std::string_view place) { write(slate_.place, one_line(place)); }

void Trial::beside(std::string_view what) { write(slate_.place, std::string(slate_.place) + ": " + one_line(what)); }

void Trial::say(Outcome outcome, std::string_view expected, std::string_view seen) {
  std::string text = "expected " + one_line(expected) + "; saw " + one_line(seen);
  if (slate_.place[0] != '\0') text += "; while " + std::string(slate_.place);
  write(slate_.message, text);
  slate_.outcome = outcome;
}

bool Trial::expect(bool holds, std::string_view expected, std::string_view seen) {
  if (!holds && !failed()) say(Outcome::failed, expected, seen);
  return holds;
}

void Trial::advise(bool holds, std::string_view expected, std::string_view seen) {
  if (!holds && slate_.outcome == Outcome::passed) say(Outcome::warned, expected, seen);
}

bool Trial::skip(std::string_view reason) {
  if (slate_.outcome != Outcome::passed) return false;
  write(slate_.message, reason);
  slate_.outcome = Outcome::skipped;
  return false;
}

}  // namespace vestitel::check
