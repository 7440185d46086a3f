#include "plugins/sinks/smpp/receipt.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace vestitel::smpp {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// A C string in a TLV, with or without its end.
std::string c_string(const std::string& value) { return value.substr(0, value.find('\0')); }

// The word behind "key:", whatever the case of the key; a key begins the text or follows a space.
std::string value_of(std::string_view text, const std::string& lowered, std::string_view key) {
  for (std::size_t at = lowered.find(key); at != std::string::npos; at = lowered.find(key, at + 1)) {
    if (at != 0 && lowered[at - 1] != ' ') continue;
    std::size_t from = at + key.size();
    while (from < text.size() && text[from] == ' ') ++from;
    return std::string(text.substr(from, text.find(' ', from) - from));
  }
  return {};
}

std::uint8_t state_of(const std::string& stat) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 13> kStates = {{{"scheduled", 0},
                                                                                  {"enroute", 1},
                                                                                  {"delivrd", 2},
                                                                                  {"delivered", 2},
                                                                                  {"expired", 3},
                                                                                  {"deleted", 4},
                                                                                  {"undeliv", 5},
                                                                                  {"acceptd", 6},
                                                                                  {"accepted", 6},
                                                                                  {"unknown", 7},
                                                                                  {"rejectd", 8},
                                                                                  {"rejected", 8},
                                                                                  {"skipped", 9}}};
  const std::string word = lower(stat);
  for (const auto& [name, state] : kStates)
    if (word == name) return state;
  return word.rfind("undeliv", 0) == 0 ? 5 : 7;
}

std::string network_error(const std::string& value) {
  if (value.size() != 3) return {};
  return std::to_string(static_cast<unsigned char>(value[1]) * 256 + static_cast<unsigned char>(value[2]));
}

std::string stripped(std::string_view id) {
  const std::size_t first = id.find_first_not_of('0');
  return std::string(first == std::string_view::npos ? id.substr(id.size() - 1) : id.substr(first));
}

std::optional<std::uint64_t> number_of(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `hex` and `decimal` are the kinds of the forms: what is kept as decimal is sought as hexadecimal.
std::vector<std::string> forms(std::string_view id, const Spellings& s, char decimal, char hex) {
  std::vector<std::string> out;
  if (id.empty()) return out;
  std::string form(id);
  out.push_back('=' + form);
  if (s.folded_case) out.push_back('~' + (form = lower(form)));
  if (s.stripped_zeros) out.push_back('0' + (form = stripped(form)));
  if (!s.hex_decimal) return out;
  if (const auto value = number_of(id, 10)) out.push_back(decimal + std::to_string(*value));
  if (const auto value = number_of(id, 16)) out.push_back(hex + std::to_string(*value));
  return out;
}

}  // namespace

std::optional<Receipt> read_receipt(const Delivered& delivered) {
  const auto tlv = [&](Tag tag) {
    const auto found = delivered.tlvs.find(tag);
    return found == delivered.tlvs.end() ? std::string() : found->second;
  };
  const int kind = delivered.esm_class & 0x3C;
  const std::string named = c_string(tlv(kReceiptedMessageId));
  if (kind != 0x04 && kind != 0x20 && named.empty()) return std::nullopt;
  Receipt out;
  const std::string lowered = lower(delivered.text);
  const std::string state = tlv(kMessageState), stat = value_of(delivered.text, lowered, "stat:");
  if (!named.empty()) out.ids.push_back(named);
  std::string id = value_of(delivered.text, lowered, "id:");
  if (!id.empty() && id != named) out.ids.push_back(std::move(id));
  if (out.ids.empty() || (state.size() != 1 && stat.empty())) return std::nullopt;
  out.state = state.size() == 1 ? static_cast<std::uint8_t>(state[0]) : state_of(stat);
  out.error = value_of(delivered.text, lowered, "err:");
  if (out.error.empty()) out.error = network_error(tlv(kNetworkErrorCode));
  out.done = value_of(delivered.text, lowered, "done date:");
  if (kind == 0x20) out.state = 1;  // an intermediate notice ends nothing, whatever it says
  return out;
}

std::optional<std::int64_t> date_us(std::string_view text, int offset_minutes) {
  if (text.size() != 10 && text.size() != 12) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const auto two = [&](std::size_t at) { return at < text.size() ? (text[at] - '0') * 10 + (text[at + 1] - '0') : 0; };
  const int year = 2000 + two(0), month = two(2), day = two(4), hour = two(6), minute = two(8), second = two(10);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  // Days of the civil calendar, in years that begin in March.
  const int y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
  const std::int64_t days = 365LL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
  const std::int64_t named = text.size() == 10 ? 60 : 1;  // seconds
  return (((days * 24 + hour) * 60 + minute - offset_minutes) * 60 + second + named) * 1'000'000 - 1;
}

std::vector<std::string> kept_forms(std::string_view id, const Spellings& spellings) {
  return forms(id, spellings, 'd', 'h');
}
std::vector<std::string> sought_forms(std::string_view id, const Spellings& spellings) {
  return forms(id, spellings, 'h', 'd');
}

std::string provider_id(const std::vector<std::string>& parts) {
  std::string id = parts.empty() ? std::string() : parts.front();
  if (parts.size() > 1 && !id.empty()) id += "/" + std::to_string(parts.size());
  return id;
}

}  // namespace vestitel::smpp
