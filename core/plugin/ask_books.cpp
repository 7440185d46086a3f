#include "core/plugin/ask_books.hpp"

#include <algorithm>

#include "core/plugin/delivery_books.hpp"

namespace vestitel {
namespace {

constexpr std::uint32_t kMostAsked = 200;

}  // namespace

FlatDoubts::FlatDoubts(std::span<const Doubt> doubts) {
  for (const Doubt& one : doubts) {
    vestitel_doubt out{};
    out.size = sizeof out;
    out.channel = static_cast<std::uint32_t>(one.channel);
    out.id = add(std::to_string(one.outbox_id));
    out.idem_key = add(one.idem_key);
    out.provider_id = add(one.provider_id);
    out.sent_us = to_micros(one.sent);
    out.expires_us = to_micros(one.expires);
    out.asked = static_cast<std::uint32_t>(one.asked);
    doubts_.push_back(out);
  }
}

vestitel_span FlatDoubts::add(std::string_view text) {
  const vestitel_span span{static_cast<std::uint32_t>(heap_.size()), static_cast<std::uint32_t>(text.size())};
  heap_ += text;
  return span;
}

vestitel_doubt_batch FlatDoubts::batch() const {
  return {sizeof(vestitel_doubt_batch),
          sizeof(vestitel_doubt),
          static_cast<std::uint32_t>(doubts_.size()),
          0,
          doubts_.data(),
          heap_.data(),
          heap_.size()};
}

void AskBooks::begin(std::uint32_t) { breach_("a message was begun in an ask, which sends nothing"); }

void AskBooks::settle(std::uint32_t index, const vestitel_verdict& given) {
  if (index >= answers_.size()) return breach_("an answer was given on a message that was not asked about");
  if (given_[index]) return breach_("a message was given a second answer");
  given_[index] = true;
  if (given.kind < VESTITEL_ACCEPTED || given.kind > VESTITEL_UNKNOWN)
    return breach_("an answer was given that does not exist");
  answers_[index] = verdict_of(given);
}

std::vector<Verdict> AskBooks::take() {
  for (std::size_t i = 0; i < answers_.size(); ++i)
    if (!given_[i]) answers_[i].reason = "the sink was asked and did not answer";
  return std::move(answers_);
}

std::size_t most_asked(std::uint32_t max_batch) { return std::clamp(max_batch, 1U, kMostAsked); }

}  // namespace vestitel
