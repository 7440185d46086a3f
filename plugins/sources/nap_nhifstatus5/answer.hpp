// What an answer by HTTP means for the feed: a reply to be read, something that concerns one person alone, or a reason
// to ask nobody any more for now. Pure.
#pragma once
#include <cstdint>
#include <string>

#include <vestitel/plugin.hpp>

namespace nap {

enum class Meaning {
  reply,     // XML, to be read
  later,     // the service is not to be had: no person is passed by
  auth,      // it refuses who asks
  settings,  // it is not where the settings say, or not granted
};

struct Verdict {
  Meaning meaning = Meaning::reply;
  std::string reason;        // of all but a reply; without values
  std::int64_t wait_ms = 0;  // what the service asked for
};

Verdict verdict_of(const vestitel::HttpAnswer& answer);

// Whether an Error with this code refuses who asks. `codes` are separated by '|'.
bool refuses_practice(std::string_view codes, std::string_view code);

}  // namespace nap
