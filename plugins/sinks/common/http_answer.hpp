// What came of a request of vestitel.http/1, before the protocol above it has a word: the part of every table of
// answers that all sinks over HTTP have in common.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

namespace vestitel::sinks {

enum class Outcome {
  answered,     // there is a status, and it counts even where the body was longer than asked for
  not_sent,     // nothing of it has left: no connection, no name, a time that was over before
  lost,         // the peer may have acted, and no answer came
  untrusted,    // the certificate, of the peer or our own
  not_granted,  // beyond the allow-list, or an address that is not public
  malformed,    // the host did not take it for a request
  called_off    // before it left
};
Outcome outcome_of(const HttpAnswerView& answer);

// The verdict where no answer came. not_sent is a retry of `scope`.
Verdict unanswered(const HttpAnswerView& answer, Scope scope = Scope::link);

// Retry-After, at most an hour; 0 where the peer does not say, for the hub's own back-off.
std::chrono::milliseconds stated_wait(const HttpAnswerView& answer);

// "the receiver answered 503". `who` is a word; nothing the peer wrote is repeated, for it may hold an address.
std::string answered_with(std::string_view who, const HttpAnswerView& answer);

// What an answer gives as the id under which it took the message: `given`, else `ours` where that is longer than 128
// bytes, empty, or holds more than letters, digits and - _ . : ~
std::string provider_id(std::string_view given, std::string_view ours);

}  // namespace vestitel::sinks
