#include "plugins/sinks/smpp/receipt_book.hpp"

#include <algorithm>
#include <set>

namespace vestitel::smpp {

struct ReceiptBook::Message {
  std::string provider_id;
  std::int64_t since_us;
  std::vector<std::string> ids;
  std::vector<Fate> fates;
  Fate told = Fate::under_way;
};

std::vector<ReceiptBook::Report> ReceiptBook::accepted(const std::vector<std::string>& parts, std::int64_t now_us) {
  forget(now_us);
  std::vector<Report> reports;
  std::set<std::uint64_t> waiting;
  std::string id = provider_id(parts);
  if (id.empty()) return reports;
  auto message = std::make_shared<Message>(
      Message{std::move(id), now_us, parts, std::vector<Fate>(parts.size(), Fate::under_way), Fate::under_way});
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::string& form : kept_forms(parts[i], spellings_)) {
      if (!held_.empty()) {
        const auto [first, last] = held_by_form_.equal_range(form);
        for (auto one = first; one != last; ++one) waiting.insert(one->second);
      }
      const auto [at, fresh] = parts_.try_emplace(std::move(form), Part{message, i});
      if (!fresh) at->second.message = nullptr;
    }
  }
  messages_.push_back(std::move(message));
  for (const std::uint64_t number : waiting) {
    const Held& held = held_.at(number);
    const Part* part = find(held.receipt);
    if (part == nullptr) continue;
    if (auto report = apply(*part, held.final)) reports.push_back(std::move(*report));
    let_go(number);
  }
  return reports;
}

std::optional<ReceiptBook::Report> ReceiptBook::receipt(const Receipt& receipt, const Final& final,
                                                        std::int64_t now_us) {
  forget(now_us);
  if (final.fate == Fate::under_way) return std::nullopt;
  if (const Part* part = find(receipt)) return apply(*part, final);
  hold(receipt, final, now_us);
  return std::nullopt;
}

// The surest form of any of its ids that leads to one message.
const ReceiptBook::Part* ReceiptBook::find(const Receipt& receipt) const {
  std::vector<std::vector<std::string>> forms;
  std::size_t most = 0;
  for (const std::string& id : receipt.ids) {
    forms.push_back(sought_forms(id, spellings_));
    most = std::max(most, forms.back().size());
  }
  for (std::size_t kind = 0; kind < most; ++kind) {
    for (const auto& of_id : forms) {
      const auto found = kind < of_id.size() ? parts_.find(of_id[kind]) : parts_.end();
      if (found != parts_.end() && found->second.message != nullptr) return &found->second;
    }
  }
  return nullptr;
}

// Only forward: a part's failure stands, and what was delivered is not undone.
std::optional<ReceiptBook::Report> ReceiptBook::apply(const Part& part, const Final& final) {
  Message& message = *part.message;
  Fate& fate = message.fates[part.number];
  if (fate == Fate::delivered || fate == Fate::failed) return std::nullopt;
  fate = final.fate;
  if (message.told == Fate::failed || message.told == Fate::delivered) return std::nullopt;
  if (fate == Fate::failed) {
    message.told = Fate::failed;
    return Report{message.provider_id, final.verdict, part};
  }
  const auto any = [&](Fate one) { return std::count(message.fates.begin(), message.fates.end(), one) > 0; };
  if (any(Fate::under_way)) return std::nullopt;
  const Fate now = any(Fate::unknown) ? Fate::unknown : Fate::delivered;
  if (now == message.told) return std::nullopt;
  message.told = now;
  return Report{message.provider_id, now == Fate::delivered ? Verdict::delivered() : judge_state(7, false, 0).verdict,
                part};
}

void ReceiptBook::take_back(const Report& report) {
  report.part.message->fates[report.part.number] = Fate::under_way;
  report.part.message->told = Fate::under_way;
}

void ReceiptBook::hold(const Receipt& receipt, const Final& final, std::int64_t now_us) {
  const auto [first, last] = held_by_form_.equal_range(sought_forms(receipt.ids.front(), spellings_).front());
  for (auto one = first; one != last; ++one) {
    const Receipt& known = held_.at(one->second).receipt;
    if (known.ids == receipt.ids && known.state == receipt.state) return;
  }
  if (held_.size() >= kMaxHeld) let_go(held_.begin()->first);
  const std::uint64_t number = ++last_held_;
  for (const std::string& id : receipt.ids)
    for (std::string& form : sought_forms(id, spellings_)) held_by_form_.emplace(std::move(form), number);
  held_.emplace(number, Held{receipt, final, now_us});
}

void ReceiptBook::let_go(std::uint64_t number) {
  const auto held = held_.find(number);
  for (const std::string& id : held->second.receipt.ids) {
    for (const std::string& form : sought_forms(id, spellings_)) {
      const auto [first, last] = held_by_form_.equal_range(form);
      const auto one = std::find_if(first, last, [&](const auto& entry) { return entry.second == number; });
      if (one != last) held_by_form_.erase(one);
    }
  }
  held_.erase(held);
}

void ReceiptBook::forget(std::int64_t now_us) {
  while (!held_.empty() && now_us - held_.begin()->second.since_us > kKeep) let_go(held_.begin()->first);
  while (!messages_.empty() && (now_us - messages_.front()->since_us > kKeep || messages_.size() >= kMaxMessages)) {
    const auto message = std::move(messages_.front());
    messages_.pop_front();
    for (const std::string& id : message->ids) {
      for (const std::string& form : kept_forms(id, spellings_)) {
        const auto found = parts_.find(form);
        if (found != parts_.end() && (found->second.message == message || found->second.message == nullptr))
          parts_.erase(found);
      }
    }
  }
}

}  // namespace vestitel::smpp
