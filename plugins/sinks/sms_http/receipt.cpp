#include "plugins/sinks/sms_http/receipt.hpp"

#include <algorithm>

#include "plugins/sinks/common/http_answer.hpp"
#include "plugins/sinks/sms_http/encode.hpp"
#include "plugins/sinks/sms_http/json_value.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::size_t kMostReceipts = 1000;
constexpr std::size_t kLongestCode = 5;

// The fields of one receipt, wherever they stand.
class Fields {
 public:
  explicit Fields(const Pairs& pairs) : pairs_(&pairs) {}
  explicit Fields(const nlohmann::json& json) : json_(&json) {}

  std::optional<std::string> value(const Pick& pick) const {
    auto whole = pairs_ != nullptr ? paired(pick.field) : text_at(*json_, path_of(pick.field));
    if (!whole || !pick.pattern) return whole;
    return pick.pattern->value_in(*whole);
  }
  std::string first(const std::vector<Pick>& picks) const {
    for (const Pick& pick : picks)
      if (auto found = value(pick); found && !found->empty()) return std::move(*found);
    return {};
  }

 private:
  std::optional<std::string> paired(const std::string& name) const {
    const auto found =
        std::find_if(pairs_->begin(), pairs_->end(), [&](const auto& pair) { return pair.first == name; });
    return found == pairs_->end() ? std::nullopt : std::optional(found->second);
  }
  static JsonPath path_of(std::string_view field) {
    JsonPath out;
    for (std::size_t dot = field.find('.'); dot != std::string_view::npos; dot = field.find('.')) {
      out.emplace_back(field.substr(0, dot));
      field.remove_prefix(dot + 1);
    }
    out.emplace_back(field);
    return out;
  }

  const Pairs* pairs_ = nullptr;
  const nlohmann::json* json_ = nullptr;
};

// The row of this very value, else of the longest beginning.
const State* state_of(const std::vector<State>& states, const std::string& value) {
  const State* best = nullptr;
  for (const State& state : states) {
    if (state.value == value) return &state;
    if (state.value.back() != '*') continue;
    const std::string_view begin = std::string_view(state.value).substr(0, state.value.size() - 1);
    const bool longer = best == nullptr || best->value.size() < state.value.size();
    if (longer && std::string_view(value).substr(0, begin.size()) == begin) best = &state;
  }
  return best;
}

bool among(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// 001 is 1, and 0 stays.
std::string without_zeros(std::string code) {
  code.erase(0, std::min(code.find_first_not_of('0'), code.empty() ? 0 : code.size() - 1));
  return code;
}

// The profile's word for the state, and a code that is too short to be a number of somebody.
std::string reason_of(const State& state, const std::string& code) {
  std::string out = "the receipt says " + state.value;
  const bool shown = !code.empty() && code.size() <= kLongestCode && std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  return shown ? out + ", error " + code : out;
}

class Reader {
 public:
  Reader(const ReceiptShape& shape, const std::vector<std::string>& dead_errors, std::int64_t now_us)
      : shape_(shape), dead_errors_(dead_errors), now_us_(now_us) {}

  HeardAll read(const Fields& fields) {
    HeardAll out;
    add(fields, out);
    return out;
  }
  HeardAll read_each(const nlohmann::json& list) {
    HeardAll out;
    if (!list.is_array() || list.size() > kMostReceipts) out.error = "a list of at most 1,000 receipts was expected";
    for (std::size_t i = 0; out.error.empty() && i < list.size(); ++i) add(Fields(list[i]), out);
    return out;
  }

 private:
  void add(const Fields& fields, HeardAll& out) const {
    HeardOne one;
    one.id = sinks::provider_id(fields.first(shape_.id), {});
    if (one.id.empty()) {
      out.error = "it names no message";
      return;
    }
    const State* state = nullptr;
    for (const Pick& pick : shape_.status) {
      const auto value = fields.value(pick);
      if (value && (state = state_of(shape_.states, *value)) != nullptr) break;
    }
    one.known = state != nullptr;
    if (state != nullptr) one.verdict = verdict_of(*state, fields);
    out.list.push_back(std::move(one));
  }

  std::optional<Verdict> verdict_of(const State& state, const Fields& fields) const {
    const std::string code = without_zeros(fields.first(shape_.error));
    const bool gone = among(shape_.dead_states, state.value) && !code.empty() &&
                      (among(shape_.dead_errors, code) || among(dead_errors_, code));
    const std::string why = reason_of(state, code);
    switch (gone ? Heard::contact_dead : state.heard) {
      case Heard::nothing: return std::nullopt;
      case Heard::delivered: return Verdict::delivered();
      case Heard::permanent: return Verdict::permanent(why);
      case Heard::unknown: return Verdict::unknown(why);
      case Heard::contact_dead: break;
    }
    const auto since = date_us(fields.first(shape_.date), shape_.date_pattern, shape_.utc_offset);
    return Verdict::contact_dead(why, since ? std::min(*since, now_us_) : 0);
  }

  const ReceiptShape& shape_;
  const std::vector<std::string>& dead_errors_;
  const std::int64_t now_us_;
};

}  // namespace

HeardAll read_receipts(const ReceiptShape& shape, const std::vector<std::string>& dead_errors, std::string_view query,
                       std::string_view body, std::int64_t now_us) {
  Reader reader(shape, dead_errors, now_us);
  if (shape.in == ReceiptShape::In::none) return {{}, "the profile reads no receipts"};
  if (shape.in != ReceiptShape::In::json) {
    const auto pairs = form_pairs(shape.in == ReceiptShape::In::query ? query : body);
    return pairs ? reader.read(Fields(*pairs)) : HeardAll{{}, "more than 100 fields"};
  }
  const auto json = read_json(body);
  if (json.is_discarded()) return {{}, "it is no JSON"};
  if (shape.each.empty()) return reader.read(Fields(json));
  const nlohmann::json* list = member_at(json, {shape.each});
  return list == nullptr ? HeardAll{{}, "it has no list of receipts"} : reader.read_each(*list);
}

}  // namespace vestitel::sms_http
