// What the hub is told: the answer to one POST becomes one of the seven verdicts. The table is in
// docs/sinks/webhook.md.
#pragma once
#include <string>
#include <string_view>

#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

namespace vestitel::webhook {

// Whose the URL is: what a setting of ours names wrongly is ours to mend, what a person registered is that person's
// alone.
enum class Owner { sink, recipient };

struct Judgement {
  Verdict verdict;
  bool our_fault = false;  // the receiver did not take what we made: somebody has to look
};

// `id`: the webhook-id that was sent; the provider's id where the answer gives none. Pure.
Judgement judge(const HttpAnswerView& answer, std::string_view id, Owner owner);

}  // namespace vestitel::webhook
